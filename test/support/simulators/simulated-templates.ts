/** A template that the account has beside the one for codes. */
export interface SimulatedTemplate {
  /** Places to fill. */
  readonly params: number;
  /** Default `code`: digits only. */
  readonly kind?: 'code' | 'notice';
  /** For numbers outside the mainland, and for no others. */
  readonly isGlobal?: boolean;
}

/** What an account has approved, by template id. */
export interface SimulatedTemplates {
  readonly templateId: string;
  /** Variables of that template; the code is the first. */
  readonly templateParamCount: number;
  readonly moreTemplates?: Readonly<Record<string, SimulatedTemplate>>;
}

export function templateOf(id: unknown, account: SimulatedTemplates): SimulatedTemplate | undefined {
  if (id === account.templateId) return { params: account.templateParamCount };
  return typeof id === 'string' ? account.moreTemplates?.[id] : undefined;
}
