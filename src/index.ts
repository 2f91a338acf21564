// The public face of the package: what a host platform imports. Nothing inside imports it.

export { SmsModule, SMS_ENTITIES } from './sms/sms.module';
export type { SmsModuleOptions } from './sms/sms.options';
export type { BatchRequest, BatchResult } from './sms/batch';
export type { CallNotice, CallNoticeRequest } from './sms/call-notice';
export type { CallNoticeResult } from './sms/call-notices';
export type { SmsTexts } from './sms/sms-texts';
export { SmsService, type EnqueueRequest, type SendRequest } from './sms/sms.service';
export { SmsNotices, type Notice, type Unsent } from './sms/notices';
export { ReceiptsService } from './sms/receipts.service';
export type { UndeliveredListener } from './sms/receipt-report';
export type { MovedMessage } from './sms/receipt-statements';
export type { ReceiptOptions } from './sms/receipt.options';
export { SmsReceipt } from './sms/receipt.entity';
export type { MessageContent, MessageRef, MessageSource } from './sms/message-source.interface';
export { SmsMessage, type MessageState } from './sms/message.entity';
export { SmsAttempt } from './sms/attempt.entity';
export {
  SMS_PROVIDERS,
  type Balance,
  type Channel,
  type Locale,
  type OutgoingMessage,
  type ProviderCheck,
  type Receipt,
  type RefusalClass,
  type SmsOutcome,
  type SmsProvider,
} from './sms/sms-provider.interface';
export { InboxSmsProvider } from './sms/providers/inbox.provider';
export { LuosimaoSmsProvider, type LuosimaoOptions } from './sms/providers/luosimao.provider';
export { RonglianSmsProvider, type RonglianOptions } from './sms/providers/ronglian.provider';
export { TencentSmsProvider, type TencentOptions } from './sms/providers/tencent.provider';

export { VerificationModule, VERIFICATION_ENTITIES } from './verification/verification.module';
export type {
  AccountDirectory,
  CaptchaMode,
  VerificationModuleOptions,
} from './verification/verification.options';
export { VerificationService, type Caller, type StartRequest } from './verification/verification.service';
export { CodeChecks } from './verification/code-checks';
export { Tickets, type Redeemed } from './verification/tickets';
export type { Proof } from './verification/proof';
export { PURPOSES, type Purpose } from './verification/purpose';
export type { TicketDto, VerificationDto, VerificationStatus } from './verification/dto/verification.dto';

export { UsersModule, USERS_ENTITIES } from './users/users.module';
export type { UsersModuleOptions } from './users/users.options';
export { Avatars } from './users/avatars';
export { UsersService } from './users/users.service';
export { USER_STORE, type MadeAccount, type UserStore } from './users/user-store';
export { User, type UserStatus } from './users/user.entity';

export { AuthModule, AUTH_ENTITIES } from './auth/auth.module';
export type { AuthModuleOptions } from './auth/auth.options';
export { RegisterService } from './auth/registration/register.service';
export { RegistrationsService } from './auth/registration/registrations.service';
export { AccountsService } from './auth/log-in/accounts.service';
export { SessionsService } from './auth/sessions/sessions.service';
export { StepUps } from './auth/sessions/step-ups';
export { JwksAuthModule } from './jwks-auth/jwks-auth.module';
export type { JwksAuthModuleOptions, JwksSource } from './jwks-auth/jwks-auth.options';
export { AuditModule, AUDIT_ENTITIES } from './audit/audit.module';
export { AuditService, type AuditEntry } from './audit/audit.service';
export { JwtAuthGuard, OptionalJwtAuthGuard } from './common/jwt-auth.guard';
export { Roles } from './common/roles.decorator';
export { RolesGuard } from './common/roles.guard';
export { CurrentUser } from './common/current-user.decorator';
export type { AuthenticatedUser } from './common/authenticated-user';

export { RedisModule, REDIS, type RedisConnection, type RedisModuleOptions } from './redis/redis.module';
export { RateLimitModule, type RateLimitModuleOptions } from './rate-limit/rate-limit.module';
export { CountsSends, RateLimit } from './rate-limit/rate-limit.decorator';
export { IdempotencyModule, type IdempotencyModuleOptions } from './idempotency/idempotency.module';
export { IdempotencyInterceptor } from './idempotency/idempotency.interceptor';
export { ChangesNothing } from './idempotency/changes-nothing.decorator';
export { OpsModule, type OpsModuleOptions } from './ops/ops.module';
export { WebhooksModule, type WebhooksModuleOptions } from './webhooks/webhooks.module';
export { verifyWebhook, type VerifyWebhookOptions } from './webhooks/webhook-signature';
export { MetricsModule, type BudgetShare, type MetricsModuleOptions } from './ops/metrics.module';
export { Metrics } from './ops/metrics';

export type { StoreCall, StoreCallListener } from './storage/store-calls';
export { StorageModule, type StorageModuleOptions, type StoreSource } from './storage/storage.module';
export { StorageService } from './storage/storage.service';
export {
  OBJECT_STORAGE,
  type ByteRange,
  type CallbackFacts,
  type GetOptions,
  type LinkOptions,
  type ObjectBody,
  type ObjectFacts,
  type ObjectStorage,
  type ObjectStream,
  type PutOptions,
  type RawCallback,
  type StorageCapabilities,
  type StorageCheck,
  type UploadTicket,
  type UploadTicketRequest,
} from './storage/object-storage.interface';
export { StorageError, type StorageFault } from './storage/storage.error';
export { assertObjectKey, isObjectKey, objectKey, type KeyParts } from './storage/object-key';
export { LocalDriver, type LocalOptions } from './storage/drivers/local/local.driver';
export { QiniuDriver } from './storage/drivers/qiniu/qiniu.driver';
export { type QiniuLimits, type QiniuOptions } from './storage/drivers/qiniu/qiniu.options';
export { S3Driver, type S3Limits, type S3Options } from './storage/drivers/s3/s3.driver';
export { assertLinkTime, assertMediaType, assertTicketRequest } from './storage/check-arguments';
export { UploadsModule } from './storage/uploads/uploads.module';
export {
  AVATAR,
  AVATAR_VARIANTS,
  type UploadPurpose,
  type UploadQuota,
  type UploadsModuleOptions,
} from './storage/uploads/uploads.options';
export { UploadsService, type VariantUrl } from './storage/uploads/uploads.service';
export { type BegunUpload, UploadIntents, type WantedUpload } from './storage/uploads/upload-intents';
export type { Upload, UploadPlace, UploadState } from './storage/uploads/upload';
export type { UploadFacts } from './storage/uploads/upload-events';
export type { VariantRule } from './storage/images/image-variants';

export { Events, type EventMap, type EventName, type GatecodeEvent } from './common/events';
export { EventsModule } from './common/events.module';
export type {
  RefreshReuse,
  UserChange,
  UserDeletion,
  UserRolesChange,
  UserStatusChange,
} from './auth/auth-events';
export type { AttemptFacts, MessageFacts } from './sms/sms-events';
export type { CheckResult } from './verification/verification-events';
export { Secrets } from './common/secrets';
export type { Phone, PhoneFault } from './common/phone';
export type { StoredPhone } from './common/phone-vault';
export { Problem } from './common/problem';
export type { ProblemCode } from './common/problem-catalog';
export { ProblemFilter } from './common/problem.filter';
