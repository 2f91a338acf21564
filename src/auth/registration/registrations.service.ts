import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { PhoneVault } from '../../common/phone-vault';
import { Problem } from '../../common/problem';
import { Avatars } from '../../users/avatars';
import { emailColumns } from '../../users/email';
import { usernameColumns } from '../../users/username';
import { userView } from '../../users/user-view';
import { CodeChecks } from '../../verification/code-checks';
import type { Proof } from '../../verification/proof';
import { type Caller, VerificationService } from '../../verification/verification.service';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import type {
  ProfileStepDto,
  RegisteredUserDto,
  RegistrationDto,
  StartedRegistrationDto,
  StartRegistrationDto,
} from '../dto/registration.dto';
import type { SessionAnswerDto } from '../dto/session.dto';
import { NewAccounts } from './new-accounts';
import { PasswordHasher } from '../passwords/password-hasher';
import { PasswordRules } from '../passwords/password-rules';
import { FIND_REGISTERED, FIND_TAKEN } from './register-statements';
import { type Registration, RegistrationStore } from './registration-store';
import {
  missingOf,
  neededFor,
  REGISTRATION_MOST_TTL,
  requiredSteps,
  type StepName,
  stepsOf,
} from './registration-steps';
import { deriveRegistrationToken } from './registration-token';
import { type Origin, SessionsService } from '../sessions/sessions.service';

/** What a completion comes to. */
export type Completion =
  | { readonly isNew: true; readonly answer: SessionAnswerDto }
  | { readonly isNew: false; readonly answer: RegisteredUserDto };

/**
 * Registration in steps: phone, password, profile, complete. Each can be repeated until the last, and the whole resumed
 * by whoever holds its token. Its id is that of the verification it begins with: so a start costs what a start of a
 * verification costs and can't half fail, and what is kept lies in the slot of the number.
 */
@Injectable()
export class RegistrationsService {
  private readonly logger = new Logger(RegistrationsService.name);
  private readonly required: readonly StepName[];

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly store: RegistrationStore,
    private readonly verifications: VerificationService,
    private readonly checks: CodeChecks,
    private readonly sessions: SessionsService,
    private readonly accounts: NewAccounts,
    private readonly hasher: PasswordHasher,
    private readonly passwordRules: PasswordRules,
    private readonly vault: PhoneVault,
    private readonly avatars: Avatars,
    @Inject(AUTH_OPTIONS) private readonly options: AuthModuleOptions,
  ) {
    this.required = requiredSteps(options.registrationSteps);
  }

  /**
   * Sends the code that the phone step wants.
   * @throws {Problem} what the start of a verification throws
   */
  async start(request: StartRegistrationDto, caller: Caller): Promise<StartedRegistrationDto> {
    const { verificationId, expiresAt } = await this.verifications.start(
      { ...request, purpose: 'register' },
      caller,
    );
    return {
      registrationId: verificationId,
      registrationToken: deriveRegistrationToken(this.options.secrets.key('registration'), verificationId),
      verificationId,
      steps: stepsOf(this.required, new Set()),
      expiresAt,
    };
  }

  /** @throws {Problem} REGISTRATION_EXPIRED */
  async get(registrationId: string): Promise<RegistrationDto> {
    return this.view(registrationId, mustBeThere(await this.store.look(registrationId)));
  }

  /**
   * Spends the code and keeps what it proves, in one step. Done before: nothing happens.
   * @throws {Problem} what the check of a code throws, REGISTRATION_EXPIRED
   */
  async provePhone(registrationId: string, code: string): Promise<RegistrationDto> {
    const keeping = this.store.keeping(registrationId);
    const expiresAt = await this.checks
      .keep(registrationId, code, ['register'], keeping)
      .catch((error: unknown) => {
        const isGone = error instanceof Problem && error.code === 'VERIFICATION_UNKNOWN';
        throw isGone ? new Problem('REGISTRATION_EXPIRED') : error;
      });
    if (expiresAt === undefined) return this.get(registrationId);
    return this.view(registrationId, { expiresAt, done: new Set(['phone']) });
  }

  /** @throws {Problem} REGISTRATION_STEP_MISSING, REGISTRATION_EXPIRED, VALIDATION_FAILED */
  async setPassword(registrationId: string, password: string): Promise<RegistrationDto> {
    const { phone, profile } = await this.readyFor('password', registrationId);
    const context = { phone: phone && this.vault.read(phone.ciphertext), ...read(profile) };
    await this.passwordRules.mustBeAcceptable(password, context, '#/password');
    return this.keep(registrationId, 'password', await this.hasher.hash(password));
  }

  /** @throws {Problem} USERNAME_TAKEN, EMAIL_TAKEN, REGISTRATION_STEP_MISSING, REGISTRATION_EXPIRED */
  async setProfile(registrationId: string, profile: ProfileStepDto): Promise<RegistrationDto> {
    // Who has not proven a number yet learns of nobody's name.
    await this.readyFor('profile', registrationId);
    await this.mustBeFree(profile);
    const { nickname, username, email } = profile;
    return this.keep(registrationId, 'profile', JSON.stringify({ nickname, username, email }));
  }

  /**
   * Makes the account, and signs it in. A second time it only tells of the account.
   * @throws {Problem} PHONE_TAKEN; USERNAME_TAKEN, EMAIL_TAKEN: then another profile can be given;
   * POLICY_VERSION_OUTDATED, REGISTRATION_STEP_MISSING, REGISTRATION_EXPIRED
   */
  async complete(
    registrationId: string,
    policyVersion: string | undefined,
    origin: Origin,
  ): Promise<Completion> {
    const registration = await this.store.look(registrationId);
    if (!registration) return this.completedBefore(registrationId, new Problem('REGISTRATION_EXPIRED'));
    this.mustHaveDone(neededFor(undefined, this.required), registration);
    this.accounts.mustConsent(policyVersion);

    const { password: passwordHash, profile } = registration;
    const session = this.sessions.prepare(['sms'], origin);
    const account = { ...read(profile), passwordHash, registrationId };
    let completion: Completion;
    try {
      const user = await this.accounts.openByCode(proofOf(registrationId, registration), session, account);
      completion = { isNew: true, answer: await this.accounts.answerTo(session, user) };
    } catch (error) {
      // Another completion was faster, or one crashed before it had forgotten what was kept.
      const isSpent = error instanceof Problem && error.code === 'VERIFICATION_USED';
      if (!isSpent) throw error;
      completion = await this.completedBefore(registrationId, error);
    }
    await this.forget(registrationId);
    return completion;
  }

  /** @param otherwise what is wrong when there is no such account */
  private async completedBefore(registrationId: string, otherwise: Problem): Promise<Completion> {
    const [user] = await FIND_REGISTERED.run(this.dataSource, [registrationId, REGISTRATION_MOST_TTL]);
    if (!user) throw otherwise;
    const avatarUrl = await this.avatars.urlOf(user);
    return { isNew: false, answer: { user: userView(user, this.vault, 'masked', avatarUrl) } };
  }

  private async readyFor(step: StepName, registrationId: string): Promise<Registration> {
    const registration = mustBeThere(await this.store.look(registrationId));
    this.mustHaveDone(neededFor(step, this.required), registration);
    return registration;
  }

  private mustHaveDone(needed: readonly StepName[], { done }: Pick<Registration, 'done'>): void {
    const missing = missingOf(needed, done);
    if (missing.length > 0) throw new Problem('REGISTRATION_STEP_MISSING', { missing });
  }

  private async mustBeFree({ username, email }: ProfileStepDto): Promise<void> {
    if (!username && !email) return;
    const { usernameKey, usernameSkeleton } = usernameColumns(username);
    const values = [usernameKey, usernameSkeleton, emailColumns(email).emailKey];
    const [taken] = await FIND_TAKEN.run(this.dataSource, values);
    if (taken.username) throw new Problem('USERNAME_TAKEN');
    if (taken.email) throw new Problem('EMAIL_TAKEN');
  }

  private async keep(registrationId: string, step: StepName, value: string): Promise<RegistrationDto> {
    const needed = neededFor(step, this.required);
    return this.view(registrationId, mustBeThere(await this.store.keep(registrationId, step, needed, value)));
  }

  /** What could not be forgotten is gone with its time; the account is made, and is told of all the same. */
  private async forget(registrationId: string): Promise<void> {
    try {
      await this.store.forget(registrationId);
    } catch (error) {
      this.logger.warn({ event: 'auth.registration.kept', registrationId, message: String(error) });
    }
  }

  private view(
    registrationId: string,
    { expiresAt, done }: Pick<Registration, 'expiresAt' | 'done'>,
  ): RegistrationDto {
    return {
      registrationId,
      steps: stepsOf(this.required, done),
      missing: missingOf(neededFor(undefined, this.required), done),
      expiresAt: new Date(expiresAt).toISOString(),
    };
  }
}

function mustBeThere(registration: Registration | undefined): Registration {
  if (!registration) throw new Problem('REGISTRATION_EXPIRED');
  return registration;
}

/** What the profile step gave, as it was kept. */
const read = (profile: string | undefined): Partial<ProfileStepDto> =>
  profile === undefined ? {} : (JSON.parse(profile) as ProfileStepDto);

/** The phone step is required always: who has done what is required has proven a number. */
function proofOf(verificationId: string, { phone, isTest }: Registration): Proof {
  return { verificationId, purpose: 'register', phone: phone!, isTest };
}
