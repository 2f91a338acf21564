/** What the document says of the API as a whole (CommonMark). */
export const INTRODUCTION = `
Accounts that begin with a phone number: send a code, check it once, register or log in.

**Try it:**

1. [startVerification](#/verifications/startVerification) sends a code to your number.
2. In development no message leaves the house: read the code in the [inbox](/dev/inbox).
3. [createSession](#/sessions/createSession) takes the verification's id and the code; \`createUser\` makes your account.
4. Press *Authorize*, paste the \`accessToken\`, and [getProfile](#/users/getProfile) answers with your account.

**Problems** are \`application/problem+json\` (RFC 9457) on every route. Switch on \`code\`, which is stable; \`title\` and
\`detail\` are for people, in English or Chinese by \`Accept-Language\`. 400 means that the request could not be read, 422
that a value is wrong (\`errors\` says which), 410 that a one-time thing is over. 429 and 503 say in \`Retry-After\` when
the same request may succeed. A known path with another method is 405, with \`Allow\`.

**Limits** are told by \`RateLimit\` and \`RateLimit-Policy\`; \`getPolicies\` lists all that are in force.

**An answer was lost?** Everything that changes state takes an \`Idempotency-Key\`: repeat the request with its key, and the first
answer comes again, with \`Idempotency-Replayed\`; nothing happens twice.

**Requests** may carry an \`X-Request-Id\` (8 to 64 of \`A-Z a-z 0-9 . _ -\`); every answer carries one, the same or a new one.
Unknown members of a body are refused. Answers can get new members at any time: ignore what you don't know.
`.trim();

/** Every tag, in the order in which a newcomer meets them. */
export const TAGS: readonly (readonly [name: string, description: string])[] = [
  ['verifications', 'Codes: send one to a phone, follow it, exchange it for a ticket.'],
  ['captchas', 'Shown to a client that asks for many codes.'],
  ['registrations', 'Register in steps, which can be resumed.'],
  ['users', 'Register, and read and change your own account.'],
  ['sessions', 'Log in, stay logged in, see and end where you are logged in.'],
  ['uploads', 'Pictures: upload one straight to the store, and have it judged.'],
  ['policies', 'The limits and lifetimes of this installation.'],
  ['keys', 'What access tokens are verified with.'],
  ['oauth', 'For other services: ask about tokens, and end them.'],
  [
    'admin',
    'For operators, whose accounts have the role `admin`: messages, gateways, blocks, the audit log.',
  ],
  ['hooks', 'For gateways and stores: where they report what became of messages and uploads.'],
  ['operations', 'Probes for orchestrators and load balancers.'],
  ['development', 'What stands in for a phone while you try things out. Never mounted in production.'],
];
