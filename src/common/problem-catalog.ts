/** The languages that people read our answers in. The first one is the default. */
export type Language = 'en' | 'zh-CN';

export interface LocalisedText {
  readonly en: string;
  readonly zh: string;
}

/** One kind of problem: what every occurrence of it has in common (RFC 9457, 3.1). */
export interface ProblemKind {
  readonly status: number;
  /** The same for every occurrence. */
  readonly title: LocalisedText;
  /**
   * How to mend this occurrence; may hold `{retryAfter}` (seconds) and `{attemptsRemaining}`. A sentence
   * whose placeholder has no value is left out.
   */
  readonly detail: LocalisedText;
}

const define = <Code extends string>(kinds: Record<Code, ProblemKind>): Readonly<Record<Code, ProblemKind>> =>
  Object.freeze(kinds);

/**
 * Every problem that the API answers with. A code is public: clients switch on it, so it is never renamed.
 * What is said here must not tell whether a phone number or an account exists.
 */
export const PROBLEMS = define({
  MALFORMED_BODY: {
    status: 400,
    title: { en: 'The request body cannot be read', zh: '无法解析请求体' },
    detail: {
      en: 'Send the body as valid JSON in UTF-8, with a matching Content-Length and Content-Encoding.',
      zh: '请以 UTF-8 编码发送合法的 JSON，并确保 Content-Length 与 Content-Encoding 正确。',
    },
  },
  MALFORMED_FORM: {
    status: 400,
    title: { en: 'The form cannot be read', zh: '无法解析表单' },
    detail: {
      en: 'Send multipart/form-data with a boundary, to its end.',
      zh: '请发送完整的 multipart/form-data 表单，并带有 boundary。',
    },
  },
  MALFORMED_HEADER: {
    status: 400,
    title: { en: 'A request header is malformed', zh: '请求头格式不正确' },
    detail: {
      en: 'Correct the request line and the headers, then send the request again.',
      zh: '请检查请求行与请求头的格式后重新发送。',
    },
  },
  IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    title: { en: 'The Idempotency-Key is malformed', zh: 'Idempotency-Key 请求头格式不正确' },
    detail: {
      en: 'Send 1 to 255 visible ASCII characters, best a random UUID, in quotes or bare.',
      zh: '请使用 1 至 255 个可见 ASCII 字符（建议使用随机 UUID），可加双引号。',
    },
  },
  MALFORMED_PATH: {
    status: 400,
    title: { en: 'The request path is malformed', zh: '请求路径格式不正确' },
    detail: {
      en: 'Percent-encode the path as UTF-8.',
      zh: '请使用 UTF-8 对路径进行百分号编码。',
    },
  },

  UNAUTHENTICATED: {
    status: 401,
    title: { en: 'Authentication is required', zh: '需要登录' },
    detail: {
      en: 'Send an access token in the Authorization header: Bearer <token>.',
      zh: '请在 Authorization 请求头中携带访问令牌：Bearer <token>。',
    },
  },
  TOKEN_INVALID: {
    status: 401,
    title: { en: 'The token is not valid', zh: '令牌无效' },
    detail: {
      en: 'The token is malformed, expired or revoked. Refresh it or log in again.',
      zh: '令牌格式有误、已过期或已被吊销，请刷新令牌或重新登录。',
    },
  },
  LOGIN_FAILED: {
    status: 401,
    title: { en: 'Login failed', zh: '登录失败' },
    detail: { en: 'The identifier or the password is wrong.', zh: '账号或密码错误。' },
  },
  REFRESH_INVALID: {
    status: 401,
    title: { en: 'The refresh token is not valid', zh: '刷新令牌无效' },
    detail: { en: 'Log in again.', zh: '请重新登录。' },
  },
  REFRESH_REUSED: {
    status: 401,
    title: { en: 'The refresh token was used before', zh: '刷新令牌已被使用' },
    detail: {
      en: 'To keep the account safe this session has been ended. Log in again.',
      zh: '为保护账号安全，该会话已被终止，请重新登录。',
    },
  },
  CLIENT_UNAUTHENTICATED: {
    status: 401,
    title: { en: 'The client is not known', zh: '客户端身份验证失败' },
    detail: {
      en: 'Send id and secret of a client of this installation, by HTTP Basic or as client_id and client_secret.',
      zh: '请通过 HTTP Basic 或 client_id、client_secret 提供本系统登记的客户端标识与密钥。',
    },
  },
  HOOK_SIGNATURE_INVALID: {
    status: 401,
    title: { en: 'The signature is wrong', zh: '签名无效' },
    detail: {
      en: 'Sign the request with the credentials of the store, as its documentation says.',
      zh: '请按照存储服务文档的要求，使用对应凭证对请求签名。',
    },
  },
  HOOK_TOKEN_INVALID: {
    status: 401,
    title: { en: 'The token in the address is wrong', zh: '地址中的令牌无效' },
    detail: {
      en: 'Call the address that the operator of this installation gave you.',
      zh: '请使用本系统运营者提供的完整地址。',
    },
  },

  FORBIDDEN: {
    status: 403,
    title: { en: 'Not allowed', zh: '没有权限' },
    detail: { en: 'This account may not do that.', zh: '当前账号无权执行此操作。' },
  },
  HOOK_SOURCE_REFUSED: {
    status: 403,
    title: { en: 'Not from here', zh: '来源地址不被允许' },
    detail: {
      en: 'This address is not among those that may call this hook.',
      zh: '该来源地址不在允许调用此接口的列表中。',
    },
  },
  SECOND_PROOF_REQUIRED: {
    status: 403,
    title: { en: 'The password is needed as well', zh: '还需要验证密码' },
    detail: {
      en: 'This account was not used for long, and numbers get new owners. Send its password together with the code; if it is lost, ask the operator.',
      zh: '该账号长期未使用，而手机号可能已更换机主。请同时提交验证码与密码；如忘记密码，请联系运营方。',
    },
  },
  UPLOAD_TICKET_INVALID: {
    status: 403,
    title: { en: 'The upload ticket is not valid', zh: '上传凭证无效' },
    detail: {
      en: 'Send the fields of the ticket as they are, and the file last. Ask for another ticket if need be.',
      zh: '请原样提交上传凭证的各个字段，并将文件放在最后；必要时重新获取上传凭证。',
    },
  },
  LINK_INVALID: {
    status: 403,
    title: { en: 'The link is not valid, or not any more', zh: '链接无效或已过期' },
    detail: { en: 'Ask for another link.', zh: '请重新获取链接。' },
  },
  STEP_UP_REQUIRED: {
    status: 403,
    title: { en: 'A fresh proof of identity is required', zh: '需要再次验证身份' },
    detail: {
      en: 'Prove your identity with POST /v1/step-ups, then repeat the request.',
      zh: '请先通过 POST /v1/step-ups 验证身份，然后重试。',
    },
  },

  NOT_FOUND: {
    status: 404,
    title: { en: 'Not found', zh: '未找到' },
    detail: { en: 'There is nothing here, or it is not yours.', zh: '资源不存在，或不属于当前账号。' },
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: { en: 'Method not allowed', zh: '不支持该请求方法' },
    detail: {
      en: 'The Allow header lists the methods of this path.',
      zh: '该路径支持的方法见 Allow 响应头。',
    },
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: { en: 'The request took too long to arrive', zh: '请求超时' },
    detail: { en: 'Send the request again, without pauses.', zh: '请求发送过慢，请重新发送。' },
  },

  PHONE_TAKEN: {
    status: 409,
    title: { en: 'This phone number has an account already', zh: '该手机号已注册' },
    detail: { en: 'Log in instead, or use another number.', zh: '请直接登录，或更换手机号。' },
  },
  USERNAME_TAKEN: {
    status: 409,
    title: { en: 'This username is taken', zh: '用户名已被占用' },
    detail: { en: 'Choose another username.', zh: '请更换用户名。' },
  },
  EMAIL_TAKEN: {
    status: 409,
    title: { en: 'This e-mail address is taken', zh: '邮箱已被占用' },
    detail: { en: 'Use another e-mail address.', zh: '请更换邮箱。' },
  },
  LAST_ADMIN: {
    status: 409,
    title: { en: 'This is the last administrator', zh: '这是最后一名管理员' },
    detail: { en: 'Make somebody else an administrator first.', zh: '请先指定其他管理员。' },
  },
  ACCOUNT_DELETED: {
    status: 409,
    title: { en: 'This account was deleted', zh: '该账号已注销' },
    detail: {
      en: 'While it is held it can be made active again; nothing else can be changed.',
      zh: '保留期内仅可恢复为正常状态，无法进行其他更改。',
    },
  },
  REGISTRATION_STEP_MISSING: {
    status: 409,
    title: { en: 'A registration step is missing', zh: '注册步骤未完成' },
    detail: {
      en: 'Finish the steps listed in "missing" first.',
      zh: '请先完成 missing 中列出的步骤。',
    },
  },
  UPLOAD_MISSING: {
    status: 409,
    title: { en: 'Nothing was uploaded yet', zh: '尚未上传文件' },
    detail: {
      en: 'Upload the file with the ticket first, then repeat the request.',
      zh: '请先使用上传凭证上传文件，然后重试。',
    },
  },
  UPLOAD_NOT_READY: {
    status: 409,
    title: { en: 'This upload is not ready', zh: '上传尚未就绪' },
    detail: {
      en: 'Complete it with POST /v1/uploads/…/complete, then repeat the request.',
      zh: '请先调用 POST /v1/uploads/…/complete 完成上传，然后重试。',
    },
  },
  UPLOAD_USED: {
    status: 409,
    title: { en: 'This upload was used already', zh: '该上传已被使用' },
    detail: { en: 'An upload serves once. Upload the file again.', zh: '每次上传只能使用一次，请重新上传。' },
  },
  UPLOAD_EXPIRED: {
    status: 409,
    title: { en: 'This upload has expired', zh: '上传已过期' },
    detail: {
      en: 'Nothing came in time, or nobody used it. Begin another upload.',
      zh: '未在规定时间内上传或使用，请重新开始上传。',
    },
  },
  UPLOAD_TICKET_USED: {
    status: 409,
    title: { en: 'The upload ticket was used already', zh: '上传凭证已被使用' },
    detail: {
      en: 'A ticket takes one upload. Ask for another one.',
      zh: '每个上传凭证只能上传一次，请重新获取。',
    },
  },
  IDEMPOTENCY_IN_FLIGHT: {
    status: 409,
    title: { en: 'The first request with this key is still running', zh: '相同幂等键的请求正在处理' },
    detail: {
      en: 'Wait for the first request to finish, then repeat it with the same Idempotency-Key.',
      zh: '请等待首个请求处理完成后，再使用相同的 Idempotency-Key 重试。',
    },
  },

  UPLOAD_TICKET_EXPIRED: {
    status: 410,
    title: { en: 'The upload ticket has expired', zh: '上传凭证已过期' },
    detail: { en: 'Ask for another ticket.', zh: '请重新获取上传凭证。' },
  },
  VERIFICATION_UNKNOWN: {
    status: 410,
    title: { en: 'This verification is not available', zh: '验证请求不存在' },
    detail: { en: 'Request a new code.', zh: '请重新获取验证码。' },
  },
  VERIFICATION_EXPIRED: {
    status: 410,
    title: { en: 'The code has expired', zh: '验证码已过期' },
    detail: { en: 'Request a new code.', zh: '请重新获取验证码。' },
  },
  VERIFICATION_USED: {
    status: 410,
    title: { en: 'The code was used already', zh: '验证码已被使用' },
    detail: { en: 'A code works once. Request a new one.', zh: '验证码只能使用一次，请重新获取。' },
  },
  VERIFICATION_EXHAUSTED: {
    status: 410,
    title: { en: 'Too many wrong codes', zh: '验证码错误次数过多' },
    detail: {
      en: 'This verification is closed. Request a new code.',
      zh: '该验证码已失效，请重新获取。',
    },
  },
  REGISTRATION_EXPIRED: {
    status: 410,
    title: { en: 'This registration is over', zh: '注册流程已结束' },
    detail: {
      en: 'It was completed or took too long. Log in, or start again with POST /v1/registrations.',
      zh: '注册已完成或已超时。请直接登录，或通过 POST /v1/registrations 重新开始。',
    },
  },
  TICKET_INVALID: {
    status: 410,
    title: { en: 'The ticket is not valid', zh: '验证凭证无效' },
    detail: {
      en: 'A ticket works once, for ten minutes and for its own purpose. Verify the phone again.',
      zh: '验证凭证仅可使用一次、十分钟内有效且仅限原用途，请重新验证手机号。',
    },
  },

  BODY_TOO_LARGE: {
    status: 413,
    title: { en: 'The request body is too large', zh: '请求体过大' },
    detail: { en: 'Send less.', zh: '请减小请求体后重试。' },
  },
  UPLOAD_TOO_LARGE: {
    status: 413,
    title: { en: 'The file is too large', zh: '文件过大' },
    detail: { en: 'Choose a smaller file.', zh: '请选择更小的文件。' },
  },
  UPLOAD_TYPE_REFUSED: {
    status: 415,
    title: { en: 'A file of this type is not taken here', zh: '不支持该类型的文件' },
    detail: {
      en: 'Send a file of the type that the upload was asked for.',
      zh: '请上传与申请时类型一致的文件。',
    },
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: { en: 'Unsupported media type', zh: '不支持的媒体类型' },
    detail: {
      en: 'Send a Content-Type (and charset and Content-Encoding) that this route accepts, such as application/json.',
      zh: '请使用该接口支持的 Content-Type（及字符集、Content-Encoding），例如 application/json。',
    },
  },

  RANGE_NOT_SATISFIABLE: {
    status: 416,
    title: { en: 'There is nothing in this range', zh: '请求的范围无效' },
    detail: {
      en: 'The Content-Range header says how large the whole is.',
      zh: '完整大小见 Content-Range 响应头。',
    },
  },
  UPLOAD_TOO_SMALL: {
    status: 422,
    title: { en: 'The file is too small', zh: '文件过小' },
    detail: { en: 'Choose another file; this one may be empty.', zh: '文件可能为空，请选择其他文件。' },
  },
  VALIDATION_FAILED: {
    status: 422,
    title: { en: 'The request is not valid', zh: '请求参数有误' },
    detail: { en: 'Correct the members listed in "errors".', zh: '请修正 errors 中列出的字段。' },
  },
  CONTENT_REJECTED: {
    status: 422,
    title: { en: 'The content of the file was rejected', zh: '文件内容未通过检查' },
    detail: {
      en: 'Upload a whole JPEG, PNG or WebP picture of the type that was declared, and of a usual size.',
      zh: '请上传完整的 JPEG、PNG 或 WebP 图片，类型须与申报一致，且尺寸适中。',
    },
  },
  CODE_MISMATCH: {
    status: 422,
    title: { en: 'Wrong code', zh: '验证码错误' },
    detail: {
      en: 'Check the code and its purpose. Attempts remaining: {attemptsRemaining}.',
      zh: '请检查验证码及其用途。剩余尝试次数：{attemptsRemaining}。',
    },
  },
  CAPTCHA_REQUIRED: {
    status: 422,
    title: { en: 'A captcha is required', zh: '需要图形验证' },
    detail: {
      en: 'Get a captcha with POST /v1/captchas and send its answer with the request.',
      zh: '请先通过 POST /v1/captchas 获取图形验证，并在请求中附上答案。',
    },
  },
  CAPTCHA_INVALID: {
    status: 422,
    title: { en: 'The captcha answer was not accepted', zh: '图形验证未通过' },
    detail: {
      en: 'A captcha can be answered once. Get a new one.',
      zh: '每个图形验证只能提交一次，请重新获取。',
    },
  },
  ACCOUNT_NOT_FOUND: {
    status: 422,
    title: { en: 'This phone number has no account', zh: '该手机号尚未注册' },
    detail: { en: 'Register first.', zh: '请先注册。' },
  },
  POLICY_VERSION_OUTDATED: {
    status: 422,
    title: { en: 'The terms have changed', zh: '服务条款已更新' },
    detail: {
      en: 'Show the terms in force, whose version is in GET /v1/policies, and send that version.',
      zh: '请向用户展示现行条款，并提交 GET /v1/policies 中的版本号。',
    },
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: { en: 'This Idempotency-Key belongs to another request', zh: '幂等键已用于其他请求' },
    detail: {
      en: 'Use a new Idempotency-Key for a new request.',
      zh: '新请求请使用新的 Idempotency-Key。',
    },
  },

  RATE_LIMITED: {
    status: 429,
    title: { en: 'Too many requests', zh: '请求过于频繁' },
    detail: { en: 'Repeat in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  SEND_COOLDOWN: {
    status: 429,
    title: { en: 'A code was sent a moment ago', zh: '验证码发送过于频繁' },
    detail: {
      en: 'Request another code in {retryAfter} s.',
      zh: '请在 {retryAfter} 秒后重新获取验证码。',
    },
  },
  PHONE_HOURLY_LIMIT: {
    status: 429,
    title: { en: 'Too many codes for this number within the hour', zh: '该手机号本小时获取次数已达上限' },
    detail: {
      en: 'Request another code in {retryAfter} s.',
      zh: '请在 {retryAfter} 秒后重新获取验证码。',
    },
  },
  PHONE_DAILY_LIMIT: {
    status: 429,
    title: { en: 'Too many codes for this number within the day', zh: '该手机号今日获取次数已达上限' },
    detail: {
      en: 'Request another code in {retryAfter} s.',
      zh: '请在 {retryAfter} 秒后重新获取验证码。',
    },
  },
  IP_HOURLY_LIMIT: {
    status: 429,
    title: { en: 'Too many codes from this network within the hour', zh: '当前网络本小时获取次数已达上限' },
    detail: {
      en: 'Request another code in {retryAfter} s.',
      zh: '请在 {retryAfter} 秒后重新获取验证码。',
    },
  },
  VOICE_DAILY_LIMIT: {
    status: 429,
    title: { en: 'Too many calls to this number within the day', zh: '该手机号今日语音验证码次数已达上限' },
    detail: {
      en: 'Have the code sent as a message, or request another call in {retryAfter} s.',
      zh: '请改用短信，或在 {retryAfter} 秒后重新获取语音验证码。',
    },
  },
  SEGMENT_HOURLY_LIMIT: {
    status: 429,
    title: { en: 'Too many codes for this range of numbers', zh: '该号段获取验证码过于频繁' },
    detail: {
      en: 'Request another code in {retryAfter} s.',
      zh: '请在 {retryAfter} 秒后重新获取验证码。',
    },
  },
  SEND_BLOCKED: {
    status: 429,
    title: { en: 'No code is sent to this number for now', zh: '暂时无法向该手机号发送验证码' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  LIVE_VERIFICATIONS: {
    status: 429,
    title: { en: 'Too many codes are open for this number', zh: '该手机号有效的验证码过多' },
    detail: {
      en: 'Use a code that was sent already, or request another one in {retryAfter} s.',
      zh: '请使用已发送的验证码，或在 {retryAfter} 秒后重新获取。',
    },
  },
  CHECK_LIMIT: {
    status: 429,
    title: { en: 'Too many codes were tried for this number', zh: '该手机号验证次数过多' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  UPLOADS_OPEN_LIMIT: {
    status: 429,
    title: { en: 'Too many uploads are open', zh: '未完成的上传过多' },
    detail: {
      en: 'Complete an upload that was begun already, or begin another one in {retryAfter} s.',
      zh: '请先完成已开始的上传，或在 {retryAfter} 秒后重新开始。',
    },
  },
  UPLOADS_DAILY_LIMIT: {
    status: 429,
    title: { en: 'Too many uploads within the day', zh: '今日上传次数已达上限' },
    detail: { en: 'Begin another one in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  LOGIN_DELAYED: {
    status: 429,
    title: { en: 'Wait before the next password', zh: '请稍后再输入密码' },
    detail: {
      en: 'Try again in {retryAfter} s, or log in with a code.',
      zh: '请在 {retryAfter} 秒后重试，或使用验证码登录。',
    },
  },
  PASSWORD_HOURLY_LIMIT: {
    status: 429,
    title: { en: 'Too many password attempts', zh: '密码尝试次数过多' },
    detail: {
      en: 'Log in with a code: that is possible at once. A password can be tried again in {retryAfter} s.',
      zh: '请使用验证码登录（可立即登录）；{retryAfter} 秒后可再次尝试密码。',
    },
  },

  HEADERS_TOO_LARGE: {
    status: 431,
    title: { en: 'The request headers are too large', zh: '请求头过大' },
    detail: { en: 'Send fewer or shorter headers.', zh: '请减少或缩短请求头。' },
  },

  INTERNAL_ERROR: {
    status: 500,
    title: { en: 'Internal error', zh: '服务器内部错误' },
    detail: {
      en: 'The fault is ours and has been logged. Quote the requestId when you report it.',
      zh: '服务器出现错误并已记录，反馈时请提供 requestId。',
    },
  },

  SMS_UNAVAILABLE: {
    status: 503,
    title: { en: 'No SMS can be sent now', zh: '短信服务暂不可用' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  SMS_BUDGET_EXHAUSTED: {
    status: 503,
    title: { en: 'The SMS budget is used up', zh: '短信额度已用完' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: { en: 'A store is not available', zh: '存储服务暂不可用' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  STORAGE_UNAVAILABLE: {
    status: 503,
    title: { en: 'Files can not be stored or read just now', zh: '文件存储暂不可用' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  SHUTTING_DOWN: {
    status: 503,
    title: { en: 'The service is restarting', zh: '服务正在重启' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
  OVERLOADED: {
    status: 503,
    title: { en: 'The service is busy', zh: '服务繁忙' },
    detail: { en: 'Try again in {retryAfter} s.', zh: '请在 {retryAfter} 秒后重试。' },
  },
});

/** A stable, public name of a problem; what clients switch on. */
export type ProblemCode = keyof typeof PROBLEMS;
