/** What the page says, in both languages; the HTML holds the English ones, too, for who looks at it without a script. */
const TEXTS = {
  en: {
    title: 'Gatecode demo',
    developmentOnly: 'Development only',
    api: 'API',
    inbox: 'SMS inbox',
    signIn: 'Sign in',
    phone: 'Mobile number',
    sendCode: 'Send a code',
    phoneHint: 'Unless a gateway is configured, nothing is sent: the code of any number comes to the inbox.',
    code: 'Code',
    inInbox: 'In the inbox:',
    fillIn: 'Fill it in',
    account: 'Your account',
    avatar: 'Your avatar',
    noAvatar: 'No picture yet',
    picture: 'A picture (JPEG, PNG or WebP)',
    upload: 'Upload',
    takeAway: 'Take the picture away',
    signOut: 'Sign out',
    solving: 'A captcha is asked for: this page computes it…',
    codeSent: 'A code is on its way.',
    signedIn: 'You are signed in.',
    uploading: 'Uploading to {origin}…',
    progress: '{percent}% of {size}',
    checking: 'The picture is being checked…',
    shown: 'This is your avatar now.',
    takenAway: 'The picture was taken away.',
    signedOut: 'You are signed out.',
    signedOutByService: 'You were signed out. Sign in again.',
    variant: 'Your avatar, {side} pixels wide, {type}',
    notShown: 'The picture can not be shown. Its link may have ended: sign in again.',
    storeRefused: 'The store refused the file',
    storeUnreachable: 'The store did not answer',
    storeUnreachableDetail:
      '{origin} can not be reached from this page. Is it running, and does it allow pages of {page} to upload (CORS)?',
    serviceUnreachable: 'The service did not answer',
    serviceUnreachableDetail: 'Is it running? Try again.',
    failed: 'Something in this page went wrong',
  },
  'zh-CN': {
    title: 'Gatecode 试用',
    developmentOnly: '仅限开发环境',
    api: 'API',
    inbox: '短信收件箱',
    signIn: '登录',
    phone: '手机号',
    sendCode: '获取验证码',
    phoneHint: '未配置短信网关时不会真的发送短信，任何手机号的验证码都进入收件箱。',
    code: '验证码',
    inInbox: '收件箱里的验证码：',
    fillIn: '填入',
    account: '我的账号',
    avatar: '我的头像',
    noAvatar: '还没有头像',
    picture: '选择图片（JPEG、PNG 或 WebP）',
    upload: '上传',
    takeAway: '移除头像',
    signOut: '退出登录',
    solving: '需要人机验证，页面正在计算……',
    codeSent: '验证码已发出。',
    signedIn: '已登录。',
    uploading: '正在上传到 {origin}……',
    progress: '{size} 的 {percent}%',
    checking: '正在检查图片……',
    shown: '头像已更新。',
    takenAway: '头像已移除。',
    signedOut: '已退出登录。',
    signedOutByService: '登录已失效，请重新登录。',
    variant: '我的头像，宽 {side} 像素，{type}',
    notShown: '图片无法显示。链接可能已失效，请重新登录。',
    storeRefused: '存储拒绝了该文件',
    storeUnreachable: '存储没有响应',
    storeUnreachableDetail: '本页面无法访问 {origin}。它是否在运行，是否允许来自 {page} 的页面上传（CORS）？',
    serviceUnreachable: '服务没有响应',
    serviceUnreachableDetail: '服务是否在运行？请重试。',
    failed: '页面出错了',
  },
};

let language = navigator.language.startsWith('zh') ? 'zh-CN' : 'en';

export const currentLanguage = () => language;

/** @returns a text, with its places filled in */
export function text(name, values = {}) {
  return TEXTS[language][name].replace(/\{(\w+)\}/g, (_, place) => values[place]);
}

/** @param wanted `en` or `zh-CN` */
export function speak(wanted) {
  language = wanted;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]'))
    element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll('[data-alt]')) element.alt = text(element.dataset.alt);
}
