import { checkRonglianAuth, readRonglianRequest, type RonglianAccount } from './ronglian-request';
import { writeRonglianAnswer } from './ronglian-response';
import { placesOf, type SimulatedAccount } from './simulated-account';
import type { VendorAnswer } from './simulator-faults';
import type { VendorCall } from './vendor-simulator';

export interface RonglianApplication extends RonglianAccount {
  readonly appId: string;
  readonly templateId: string;
  /** Beside that one; each is approved. */
  readonly moreTemplates?: Readonly<Record<string, { readonly params: number }>>;
}

const METHODS: Readonly<Record<string, string>> = { AccountInfo: 'GET', 'SMS/QuerySMSTemplate': 'POST' };

export function isRonglianAccountCall(operation: string): boolean {
  return Object.hasOwn(METHODS, operation);
}

/** Ronglian's `AccountInfo` and `SMS/QuerySMSTemplate`. @param now our time, milliseconds */
export function answerRonglianAccount(
  call: VendorCall,
  operation: string,
  application: RonglianApplication,
  account: SimulatedAccount,
  now: number,
): VendorAnswer {
  const fault =
    call.method === METHODS[operation] ? checkRonglianAuth(call, application, account.clock(now)) : '112602';
  const refusal = fault ?? (account.settings.addressAllowed ? undefined : '111115');
  if (refusal) return writeRonglianAnswer(call, { statusCode: refusal, statusMsg: 'refused' });
  return operation === 'AccountInfo' ? accountInfo(call, account) : template(call, application, account);
}

function accountInfo(call: VendorCall, { settings }: SimulatedAccount): VendorAnswer {
  const { deposit } = settings;
  return writeRonglianAnswer(call, {
    statusCode: '000000',
    Account: {
      dateCreated: '2026-01-01 08:00:00',
      friendlyName: 'shop@example.com',
      type: '1',
      status: '1',
      ...(deposit !== null && { balance: String(deposit) }),
      subBalance: '0.00',
    },
  });
}

function template(
  call: VendorCall,
  { appId, templateId, moreTemplates = {} }: RonglianApplication,
  { settings }: SimulatedAccount,
): VendorAnswer {
  const request = readRonglianRequest(call, 'Request');
  const refuse = (statusCode: string): VendorAnswer =>
    writeRonglianAnswer(call, { statusCode, statusMsg: 'refused' });
  if (typeof request === 'string') return refuse(request);
  if (Object.keys(request.fields).sort().join() !== 'appId,templateId') return refuse('160031');
  if (request.fields.appId !== appId) return refuse('111182');
  const { templateStatus, templateContent } = settings;
  const others = Object.entries(moreTemplates).map(([id, { params }]) => entry(id, 1, placesOf(params)));
  const own = templateStatus === null ? [] : [entry(templateId, templateStatus, templateContent)];
  const found = [...own, ...others].filter(({ id }) => id === request.fields.templateId);
  const list = { statusCode: '000000', totalCount: found.length, TemplateSMS: found };
  // The adapter asks in JSON only, and the list's XML form is not documented.
  return { type: 'application/json;charset=utf-8', body: JSON.stringify(list) };
}

function entry(id: string, status: number, content: string) {
  const at = '2026-01-01 08:00:00';
  return {
    id,
    title: '验证码',
    content,
    status: String(status),
    type: '0',
    dateCreated: at,
    dateUpdated: at,
  };
}
