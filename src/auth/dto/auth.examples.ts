import type { RegisterDto } from './register.dto';
import type { ChangePasswordDto } from './password.dto';
import type { CreateSessionDto } from './session.dto';
import type { StepUpRequestDto } from './step-up.dto';

type Examples<Body> = Readonly<Record<string, { summary: string; value: Body }>>;

const verificationId = '019aa3c4-7d60-7c3e-9a55-0d6f3f1f8a10';
const code = '042931';

/** Bodies to start from; each can be sent as it is. */
export const CREATE_SESSION: Examples<CreateSessionDto> = {
  code: {
    summary: 'By code, making the account if there is none',
    value: { grant: 'code', verificationId, code, createUser: true },
  },
  existing: {
    summary: 'By code, for an account that is there',
    value: { grant: 'code', verificationId, code },
  },
  password: {
    summary: 'By password',
    value: { grant: 'password', identifier: 'li_lei', password: 'correct horse battery staple' },
  },
};

export const REGISTER: Examples<RegisterDto> = {
  code: {
    summary: 'With the code itself',
    value: { verificationId, code, username: 'li_lei', password: 'correct horse battery staple' },
  },
  ticket: {
    summary: 'With a ticket',
    value: { ticket: 'gct_EXAMPLE0000000000000000000000000000000000000', nickname: '李雷' },
  },
};

export const STEP_UP: Examples<StepUpRequestDto> = {
  password: { summary: 'By password', value: { password: 'correct horse battery staple' } },
  code: { summary: 'By code', value: { verificationId, code } },
};

export const CHANGE_PASSWORD: Examples<ChangePasswordDto> = {
  current: {
    summary: 'With the one you have',
    value: { currentPassword: 'correct horse battery staple', newPassword: 'seven otters in a teapot' },
  },
  steppedUp: { summary: 'After a step-up', value: { newPassword: 'seven otters in a teapot' } },
};
