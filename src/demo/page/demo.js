import { call } from './api.js';
import { solvedCaptcha } from './captcha.js';
import { currentLanguage, speak, text } from './texts.js';
import { sendFile } from './upload.js';

const $ = (id) => document.getElementById(id);

/** The access token: here and nowhere else, and gone with the page. */
let token;
/** The verification that a code is wanted for. */
let verificationId;
/** Ends the wait for the message in the inbox. */
let waiting = new AbortController();
/** One thing at a time. Buttons are not disabled: that would take the focus from them. */
let isBusy = false;

const send = (method, path, body) => call(method, path, { body, token });

// --- What is said

function tell(name, values) {
  $('status').textContent = text(name, values);
}

function element(tag, content, properties = {}) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...content);
  return node;
}

/** @param problem as in problem+json */
function showProblem({ title, detail = '', errors = [], code, requestId }) {
  const reference = [code, requestId].filter(Boolean).join(' · ');
  const faults = errors.map(({ pointer, code, detail }) => element('li', [`${pointer}: ${detail ?? code}`]));
  $('problem').replaceChildren(
    element('p', [element('strong', [title])]),
    ...(detail ? [element('p', [detail])] : []),
    ...(faults.length > 0 ? [element('ul', faults)] : []),
    ...(reference ? [element('p', [reference], { className: 'hint' })] : []),
  );
  $('problem').scrollIntoView({ block: 'nearest' });
}

/** @param act what a press of a button starts */
async function attempt(act) {
  if (isBusy) return;
  isBusy = true;
  $('problem').replaceChildren();
  $('status').textContent = '';
  try {
    await act();
  } catch (error) {
    $('status').textContent = '';
    showProblem(error.problem ?? { title: text('failed'), detail: String(error) });
    if (token !== undefined && error.problem?.status === 401) leave('signedOutByService');
  } finally {
    isBusy = false;
  }
}

function onSubmit(id, act) {
  $(id).addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(act);
  });
}

function onPress(id, act) {
  $(id).addEventListener('click', () => void attempt(act));
}

// --- Sign in

async function sendCode() {
  const phone = $('phone').value.trim();
  const before = await newestMessage(phone);
  const wanted = { phone, purpose: 'login' };
  const started = await call('POST', '/v1/verifications', { body: wanted }).catch(async (error) => {
    if (error.problem?.code !== 'CAPTCHA_REQUIRED') throw error;
    tell('solving');
    const captcha = await solvedCaptcha();
    return call('POST', '/v1/verifications', { body: { ...wanted, captcha } });
  });
  verificationId = started.verificationId;
  tell('codeSent');
  $('sign-in').hidden = false;
  $('message').hidden = true;
  $('code').value = '';
  $('code').focus();
  void showMessage(phone, before);
}

/** @returns when the newest message to a number came; undefined for none, and where there is no inbox */
async function newestMessage(phone) {
  const query = new URLSearchParams({ to: phone, purpose: 'login' });
  const { items } = await call('GET', `/dev/messages?${query}`).catch(() => ({ items: [] }));
  return items[0]?.createdAt;
}

async function showMessage(phone, after) {
  waiting.abort();
  const { signal } = (waiting = new AbortController());
  const query = new URLSearchParams({ to: phone, purpose: 'login', waitMs: 20_000, ...(after && { after }) });
  // Whoever sends through a gateway has no inbox, and a phone instead.
  const message = await call('GET', `/dev/messages/latest?${query}`, { signal }).catch(() => undefined);
  if (!message || signal.aborted) return;
  $('message').hidden = false;
  $('message-code').value = message.code;
}

async function signIn() {
  const code = $('code').value.trim();
  const body = { grant: 'code', verificationId, code, createUser: true };
  const session = await call('POST', '/v1/sessions', { body });
  token = session.accessToken;
  waiting.abort();
  $('visitor').hidden = true;
  $('account').hidden = false;
  $('number').textContent = session.user.phone;
  showAvatar(session.user.avatarUrl);
  tell('signedIn');
  $('account-title').focus();
}

async function signOut() {
  await send('DELETE', '/v1/sessions/current');
  leave('signedOut');
}

function leave(why) {
  token = undefined;
  for (const id of ['send', 'sign-in', 'upload']) $(id).reset();
  for (const id of ['account', 'sign-in', 'transfer']) $(id).hidden = true;
  showAvatar(null);
  $('visitor').hidden = false;
  tell(why);
  $('phone').focus();
}

// --- The avatar

async function upload() {
  const [file] = $('file').files;
  $('transfer').hidden = true;
  const wanted = { purpose: 'avatar', contentType: file.type, contentLength: file.size };
  const ticket = await send('POST', '/v1/uploads', wanted);
  tell('uploading', { origin: new URL(ticket.url).origin });
  showProgress(0, file);
  const refusal = await sendFile(ticket, file, (part) => showProgress(part, file));
  tell('checking');
  const { variants } = await judged(ticket.uploadId, refusal);
  const user = await send('PUT', '/v1/users/me/avatar', { uploadId: ticket.uploadId });
  showAvatar(user.avatarUrl, variants);
  $('upload').reset();
  tell('shown');
}

/** An answer of the store that got lost does not matter: the service looks for the file itself. */
async function judged(uploadId, refusal) {
  for (;;) {
    const found = await send('POST', `/v1/uploads/${uploadId}/complete`).catch((error) => {
      throw refusal && error.problem?.code === 'UPLOAD_MISSING' ? refusal : error;
    });
    if (found.status !== 'uploaded') return found;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

function showProgress(part, { size }) {
  const percent = Math.floor(part * 100);
  const kilobytes = new Intl.NumberFormat(currentLanguage()).format(Math.ceil(size / 1_000));
  $('transfer').hidden = false;
  $('progress').value = part;
  $('progress-text').textContent = text('progress', { percent, size: `${kilobytes} kB` });
}

function showAvatar(url, variants = []) {
  $('avatar').hidden = $('take-away').hidden = url === null;
  $('no-avatar').hidden = url !== null;
  if (url === null) $('avatar').removeAttribute('src');
  else $('avatar').src = url;
  $('variants').replaceChildren(...variants.map(thumbnail));
}

function thumbnail({ side, contentType, url }) {
  const type = contentType === 'image/webp' ? 'WebP' : 'JPEG';
  const image = element('img', [], {
    src: url,
    alt: text('variant', { side, type }),
    width: side,
    height: side,
  });
  return element('li', [image, `${side} px ${type}`]);
}

async function takeAway() {
  await send('DELETE', '/v1/users/me/avatar');
  showAvatar(null);
  $('transfer').hidden = true;
  tell('takenAway');
  $('file').focus();
}

// --- To begin with

function switchLanguage(language) {
  speak(language);
  const isEnglish = language === 'en';
  Object.assign($('language'), {
    textContent: isEnglish ? '中文' : 'English',
    lang: isEnglish ? 'zh-CN' : 'en',
  });
}

onSubmit('send', sendCode);
onSubmit('sign-in', signIn);
onSubmit('upload', upload);
onPress('take-away', takeAway);
onPress('sign-out', signOut);
$('fill-in').addEventListener('click', () => {
  $('code').value = $('message-code').value;
  $('code').focus();
});
$('avatar').addEventListener('error', () => showProblem({ title: text('notShown') }));
$('language').addEventListener('click', () => switchLanguage(currentLanguage() === 'en' ? 'zh-CN' : 'en'));
switchLanguage(currentLanguage());
