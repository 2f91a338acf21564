import type { Deadline } from '../common/deadline';
import type { QiniuOptions } from './qiniu.options';
import type { RegionQuery } from './region-query';
import { originOf, regionOrigins, type Service, type ServiceOrigins } from './service-origins';

/** Which hosts are called: those of the configuration, else the region's, else those that Qiniu names. */
export class QiniuHosts {
  private readonly fixed: Partial<ServiceOrigins>;

  constructor(
    { uploadUrl, rsUrl, rsfUrl, region, allowPlainHttp }: QiniuOptions,
    private readonly query: RegionQuery,
  ) {
    this.fixed = {
      ...(region !== undefined && regionOrigins(region)),
      ...(uploadUrl !== undefined && { up: [originOf(uploadUrl, allowPlainHttp)] }),
      ...(rsUrl !== undefined && { rs: [originOf(rsUrl, allowPlainHttp)] }),
      ...(rsfUrl !== undefined && { rsf: [originOf(rsfUrl, allowPlainHttp)] }),
    };
  }

  async of(service: Service, deadline: Deadline): Promise<readonly string[]> {
    return this.fixed[service] ?? (await deadline.race(this.query.get()))[service];
  }

  /** What is known without asking. */
  known(service: Service): readonly string[] {
    return this.fixed[service] ?? this.query.known?.[service] ?? [];
  }

  /** The hosts were wrong: asks again, where Qiniu had named them. */
  forget(): void {
    this.query.forget();
  }
}
