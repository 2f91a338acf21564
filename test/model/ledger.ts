/** What must never happen twice, written down from the service's answers alone: whatever the model believes. */
export class Ledger {
  private readonly bought = new Map<string, string>();
  private readonly successors = new Map<string, string>();

  /** @param proof a verification or a ticket */
  buys(proof: string, what: string): void {
    const before = this.bought.get(proof);
    if (before !== undefined) throw new Error(`One proof bought twice: ${before}, then ${what}`);
    this.bought.set(proof, what);
  }

  /** A refresh token has one successor, however often it is presented. */
  rotates(token: string, successor: string): void {
    const before = this.successors.get(token);
    if (before !== undefined && before !== successor) throw new Error('One refresh token has two successors');
    this.successors.set(token, successor);
  }
}
