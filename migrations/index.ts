import { CreateUsers1795132800000 } from './1795132800000-create-users';
import { CreateSmsOutbox1795132800001 } from './1795132800001-create-sms-outbox';
import { CreateSpentVerifications1795132800002 } from './1795132800002-create-spent-verifications';
import { CreateSessions1795132800003 } from './1795132800003-create-sessions';
import { CreateSigningKeys1795132800004 } from './1795132800004-create-signing-keys';
import { RouteMessages1795219200000 } from './1795219200000-route-messages';
import { CreateSmsReceipts1795219200001 } from './1795219200001-create-sms-receipts';
import { CreateSmsProviderSettings1795219200002 } from './1795219200002-create-sms-provider-settings';
import { CreateAuditEvents1795219200003 } from './1795219200003-create-audit-events';
import { CreateSmsBlocks1795219200004 } from './1795219200004-create-sms-blocks';
import { MarkTestAccounts1795219200005 } from './1795219200005-mark-test-accounts';
import { CompleteAccounts1795305600000 } from './1795305600000-complete-accounts';
import { CreateUploads1795478400000 } from './1795478400000-create-uploads';
import { AddAvatars1795478400001 } from './1795478400001-add-avatars';

/** What the tables of SmsModule need: for a host that imports it alone. */
export const SMS_MIGRATIONS = [
  CreateSmsOutbox1795132800001,
  RouteMessages1795219200000,
  CreateSmsReceipts1795219200001,
  CreateSmsProviderSettings1795219200002,
];

/** What the tables of UploadsModule need: for a host that imports it on top of StorageModule. */
export const UPLOADS_MIGRATIONS = [CreateUploads1795478400000];

/** Every migration, oldest first. Released ones are never edited. */
export const MIGRATIONS = [
  CreateUsers1795132800000,
  CreateSmsOutbox1795132800001,
  CreateSpentVerifications1795132800002,
  CreateSessions1795132800003,
  CreateSigningKeys1795132800004,
  RouteMessages1795219200000,
  CreateSmsReceipts1795219200001,
  CreateSmsProviderSettings1795219200002,
  CreateAuditEvents1795219200003,
  CreateSmsBlocks1795219200004,
  MarkTestAccounts1795219200005,
  CompleteAccounts1795305600000,
  CreateUploads1795478400000,
  AddAvatars1795478400001,
];
