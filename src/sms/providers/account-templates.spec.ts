import { usedTemplates } from './account-templates';

describe('the templates of a configuration', () => {
  it('are the one for all and those by purpose and language', () => {
    expect(
      usedTemplates({ templateId: '1', templates: { login: '2', '@en': { id: '3', params: ['code'] } } }),
    ).toEqual([
      { id: '1', params: ['code', 'minutes'] },
      { id: '2', params: ['code', 'minutes'] },
      { id: '3', params: ['code'] },
    ]);
  });

  it('have no places where they are for notices', () => {
    const templates = { 'notice_password_reset@zh': '2' };
    expect(usedTemplates({ templateId: '1', templates })).toEqual([
      { id: '1', params: ['code', 'minutes'] },
      { id: '2', params: [] },
    ]);
  });

  it('are each looked at once, unless they are filled in two ways', () => {
    const templates = { login: '1', register: { id: '1', params: ['code'] }, '@en': '1' };
    expect(usedTemplates({ templateId: '1', templateParams: ['minutes', 'code'], templates })).toEqual([
      { id: '1', params: ['minutes', 'code'] },
      { id: '1', params: ['code'] },
    ]);
  });
});
