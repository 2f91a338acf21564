/**
 * What people of our numbers' country build passwords of, and lists made elsewhere lack: love by numbers and in pinyin,
 * family names, names of services. Most common first; lower case.
 */
export const COMMON_IN_CHINA: readonly string[] = (
  'woaini 1314 520 5201314 wang zhang li liu chen yang woaini1314 qq wo ni ai mima zhao huang zhou wu xu sun hu zhu ' +
  'gao lin he guo ma luo aini woaiwo woaiwojia 1314520 521 5211314 woaini520 wodemima mimamima nihao zhongguo china ' +
  'beijing shanghai guangzhou shenzhen weixin wechat taobao alipay zhifubao baidu tencent tengxun huawei xiaomi ' +
  'laopo laogong baobei baobao meimei gege jiejie mama baba qinqin xiaoming lilei hanmeimei zhangwei wangwei wangfang ' +
  'liwei lina zhangmin lijing wangjing liuwei wangxiuying zhangli aiwoma wobuzhidao buzhidao woshishui woshini ' +
  'tiantian kuaile haohao jiayou xuexi caonima ceshi admin guanliyuan yonghu denglu zhuce shouji youxi wangluo ' +
  'mimashi wodeai yiwannian yishengyishi qazwsxedc 147258 147258369 159357 168168 518518 888 666 985211 110120 ' +
  '1008611 10086 10010 12306 a123456 123456a 123456abc abc123456 qq123456 asd123456 zxc123456 wang123456 li123456 aa123456'
).split(' ');
