import type { Clock } from '../../src/common/clock';
import { QiniuDriver } from '../../src/storage/drivers/qiniu/qiniu.driver';
import type { QiniuOptions } from '../../src/storage/drivers/qiniu/qiniu.options';
import { QINIU_ACCOUNT } from './simulators/qiniu-account';
import type { QiniuSimulator } from './simulators/qiniu.simulator';

/** The driver as the application has it, on a simulator; waits are short. */
export function qiniuDriver(
  simulator: QiniuSimulator,
  options: Partial<QiniuOptions> = {},
  clock?: Clock,
): QiniuDriver {
  const { accessKey, secretKey } = QINIU_ACCOUNT;
  const { url } = simulator;
  return new QiniuDriver(
    {
      accessKey,
      secretKey,
      bucket: 'avatars',
      domain: options.domain ?? simulator.domain(options.bucket),
      uploadUrl: url,
      rsUrl: url,
      rsfUrl: url,
      ucUrls: [url],
      ...options,
      limits: { retryMs: 5, ...options.limits },
    },
    clock,
  );
}
