import { Body, Controller, Get, Header, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { HttpContract } from '../../common/http-contract.decorator';
import { Problems } from '../../common/problems.decorator';
import { RateLimit } from '../../rate-limit/rate-limit.decorator';
import { callerOf, type SendingRequest } from '../../verification/caller';
import { StartsSending } from '../../verification/sends-code.decorator';
import { START_REGISTRATION } from '../dto/registration.examples';
import {
  CompleteRegistrationDto,
  PasswordStepDto,
  PhoneStepDto,
  ProfileStepDto,
  RegisteredUserDto,
  RegistrationDto,
  StartedRegistrationDto,
  StartRegistrationDto,
} from '../dto/registration.dto';
import { SessionAnswerDto } from '../dto/session.dto';
import { NeedsRegistrationToken } from './needs-registration-token.decorator';
import { RegistrationsService } from './registrations.service';
import { RequestOrigin } from '../sessions/request-origin.decorator';
import type { Origin } from '../sessions/sessions.service';

/** Statuses are set by hand where a second call answers differently. */
interface SettableStatus {
  status(code: number): unknown;
}

@ApiTags('registrations')
@HttpContract()
@Controller('registrations')
export class RegistrationsController {
  constructor(private readonly registrations: RegistrationsService) {}

  /**
   * Begins a registration in steps: sends a code, and answers with the token that all further steps want. Nothing in the
   * answer tells whether the number has an account. `registerUser` does all in one call.
   */
  @Post()
  @HttpCode(202)
  @StartsSending()
  @ApiBody({ type: StartRegistrationDto, examples: START_REGISTRATION })
  @ApiOperation({ operationId: 'startRegistration', summary: 'Begin a registration in steps' })
  start(@Body() request: StartRegistrationDto, @Req() http: SendingRequest): Promise<StartedRegistrationDto> {
    return this.registrations.start(request, callerOf(http));
  }

  /** Says which steps are done, and what is missing: a client that was closed goes on from here. */
  @Get(':registrationId')
  @RateLimit('registrations')
  @NeedsRegistrationToken()
  @Header('Cache-Control', 'no-store')
  @Problems('REGISTRATION_EXPIRED', 'RATE_LIMITED')
  @ApiOperation({ operationId: 'getRegistration', summary: 'See where a registration stands' })
  get(@Param('registrationId') registrationId: string): Promise<RegistrationDto> {
    return this.registrations.get(registrationId);
  }

  /** The first step: the code, which works once. When the step is done, it stays done, and repeating it does nothing. */
  @Put(':registrationId/phone')
  @RateLimit('checks')
  @NeedsRegistrationToken()
  @Header('Cache-Control', 'no-store')
  @Problems(
    'REGISTRATION_EXPIRED',
    'VERIFICATION_EXPIRED',
    'VERIFICATION_USED',
    'VERIFICATION_EXHAUSTED',
    'CODE_MISMATCH',
    'CHECK_LIMIT',
    'RATE_LIMITED',
  )
  @ApiOperation({ operationId: 'provePhone', summary: 'Step 1: prove the number by its code' })
  provePhone(
    @Param('registrationId') registrationId: string,
    @Body() { code }: PhoneStepDto,
  ): Promise<RegistrationDto> {
    return this.registrations.provePhone(registrationId, code);
  }

  /** The second step. A password that is given again replaces the one before. */
  @Put(':registrationId/password')
  @RateLimit('registrations')
  @NeedsRegistrationToken()
  @Header('Cache-Control', 'no-store')
  @Problems('REGISTRATION_STEP_MISSING', 'REGISTRATION_EXPIRED', 'RATE_LIMITED', 'OVERLOADED')
  @ApiOperation({ operationId: 'setRegistrationPassword', summary: 'Step 2: choose a password' })
  setPassword(
    @Param('registrationId') registrationId: string,
    @Body() { password }: PasswordStepDto,
  ): Promise<RegistrationDto> {
    return this.registrations.setPassword(registrationId, password);
  }

  /** The third step. A profile that is given again replaces the one before, with all its members. */
  @Put(':registrationId/profile')
  @RateLimit('registrations')
  @NeedsRegistrationToken()
  @Header('Cache-Control', 'no-store')
  @Problems(
    'USERNAME_TAKEN',
    'EMAIL_TAKEN',
    'REGISTRATION_STEP_MISSING',
    'REGISTRATION_EXPIRED',
    'RATE_LIMITED',
  )
  @ApiOperation({ operationId: 'setRegistrationProfile', summary: 'Step 3: give a name' })
  setProfile(
    @Param('registrationId') registrationId: string,
    @Body() profile: ProfileStepDto,
  ): Promise<RegistrationDto> {
    return this.registrations.setProfile(registrationId, profile);
  }

  /**
   * Makes the account and signs it in. Only now a taken number is told. A name or an address that was taken meanwhile
   * can be given anew, and this be repeated. Repeated after its success it answers 200 with `user` alone, for a day.
   */
  @Post(':registrationId/complete')
  @RateLimit('registrations')
  @NeedsRegistrationToken()
  @Header('Cache-Control', 'no-store')
  @ApiBody({ type: CompleteRegistrationDto, required: false })
  @ApiCreatedResponse({ type: SessionAnswerDto })
  @ApiOkResponse({ type: RegisteredUserDto })
  @Problems(
    'PHONE_TAKEN',
    'USERNAME_TAKEN',
    'EMAIL_TAKEN',
    'REGISTRATION_STEP_MISSING',
    'REGISTRATION_EXPIRED',
    'VERIFICATION_USED',
    'POLICY_VERSION_OUTDATED',
    'RATE_LIMITED',
  )
  @ApiOperation({ operationId: 'completeRegistration', summary: 'Make the account and sign in' })
  async complete(
    @Param('registrationId') registrationId: string,
    @Body() { policyVersion }: CompleteRegistrationDto,
    @RequestOrigin() origin: Origin,
    @Res({ passthrough: true }) response: SettableStatus,
  ): Promise<SessionAnswerDto | RegisteredUserDto> {
    const { isNew, answer } = await this.registrations.complete(registrationId, policyVersion, origin);
    response.status(isNew ? 201 : 200);
    return answer;
  }
}
