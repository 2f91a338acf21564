import { settingsOf, UPLOAD_DEFAULTS, type UploadsModuleOptions } from './uploads.options';

describe('the settings of uploads', () => {
  it('are the defaults where nothing is said', () => {
    expect(settingsOf({ urlTtl: undefined, ticketTtl: 60 })).toEqual({ ...UPLOAD_DEFAULTS, ticketTtl: 60 });
  });

  it.each<UploadsModuleOptions>([
    { ticketTtl: 0 },
    { ticketTtl: 601 },
    { urlTtl: 0 },
    { urlTtl: 604_801 },
    { retentionDays: 1 },
    { purposes: { logo: { contentTypes: ['image/png'], maxBytes: 1, variants: [] } } },
  ])('are refused at start, and not by the first request: %j', (options) => {
    expect(() => settingsOf(options)).toThrow();
  });
});
