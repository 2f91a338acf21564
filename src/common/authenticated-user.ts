/** Who the bearer of a verified access token is. Guards leave it on `request.user`. */
export interface AuthenticatedUser {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
}
