import { SET_THE_CLOCK, type RefusalRow } from './account-checks';

/** What Ronglian's codes say of an account; their meanings are from the sources of ronglian-codes.ts. */
export const RONGLIAN_REFUSALS: readonly RefusalRow[] = [
  [/^111106$/, 'fail', 'clock', 'the timestamp has expired', SET_THE_CLOCK],
  [
    /^11110[89]$|^111143$/,
    'fail',
    'credentials',
    'the auth token is rejected',
    'Copy the AUTH TOKEN of the main account from the console again',
  ],
  [
    /^11110[0-57]$|^1111(2[89]|3[0-7])$|^111141$/,
    'fail',
    'credentials',
    'the account SID is rejected',
    'Copy the ACCOUNT SID of the main account from the console again',
  ],
  [
    /^1111(3[89]|40)$/,
    'fail',
    'credentials',
    'the account is inactive, suspended or closed',
    'Ask the vendor to open it',
  ],
  [
    /^111115$|^160053$/,
    'fail',
    'addresses',
    'this machine is not on the account’s list of addresses',
    'Add its public address to the list in the console',
  ],
  [
    /^1111(42|58)$|^160014$/,
    'fail',
    'balance',
    'nothing is left',
    'Top the account up in the console: nothing can be sent',
  ],
  [
    /^1111(69|7\d|8[0-8])$|^111212$|^111226$|^11230[235]$|^112353$/,
    'fail',
    'application',
    'the application cannot be used',
    'Compare the application id with the console, and see that the application is online with SMS enabled',
  ],
  [
    /^1123(07|1[1358]|23)$|^1600(32|43|57)$/,
    'fail',
    'template',
    'the template cannot be used',
    'Compare the template id with the console',
  ],
  [
    /^1110\d\d$|^11111[146]$|^112600$|^160000$/,
    'warn',
    'account',
    'the gateway is busy',
    'Run the check again in a minute',
  ],
];
