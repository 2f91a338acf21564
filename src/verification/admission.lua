-- Decides whether a message may leave for a number now, and if so counts it: blocks, cool-down, hour, day, segment, live
-- verifications, captcha by risk, budget. A start makes the verification's record, a resend finds it. All or nothing.
-- budget.lua stands before it and defines `spend`.
--
-- KEYS  record
-- ARGV  1 start|resend  2 message id  3 cool-down ms  4 hour limit  5 day limit  6 segment limit  7 live limit
--       8 sends from which on a captcha is asked (0: never)  9 sends of the caller's address within the hour
--       10 verification id  11 lifetime ms  12 attempts  13 prefix of all keys in the record's slot
--       14 budget as JSON, or ''  15 what a segment over its limit gets: block|challenge|record
--       16 captcha: passed|askable|never
--       17 sms|voice  18 cool-down of calls ms  19 day limit of calls
--       20.. fields of the record (name, value): all of them for a start, those that change for a resend
-- Answers {verdict, wait ms, alerts of the budget, news of the segment, expires at, resend at, attempts left, now,
--          counts, fields of the record...}
local record = KEYS[1]
local HOUR, DAY, KEPT = 3600000, 86400000, 3600000
local FIELDS = 20
-- However well a segment verifies, it is allowed this many times its limit at the most.
local MOST_ROOM = 4
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local whole = function(number) return string.format('%.0f', number) end

local fields = {}
if ARGV[1] == 'resend' then
  local flat = redis.call('HGETALL', record)
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  if not fields.expires then return { 'UNKNOWN' } end
  if fields.consumed then return { 'USED' } end
  if tonumber(fields.attempts) >= tonumber(fields.allowed) then return { 'EXHAUSTED' } end
  if now >= tonumber(fields.expires) then return { 'EXPIRED' } end
else
  for i = FIELDS, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
end

-- On a resend only the record knows the number; the shared hash tag keeps these keys in the record's slot.
local sends = ARGV[13] .. 'sends:' .. fields.phoneIndex
-- Those of the sends that are calls: one may be made at once when an SMS does not come.
local calls = ARGV[13] .. 'calls:' .. fields.phoneIndex
local live = ARGV[13] .. 'live:' .. fields.phoneIndex
local segment = ARGV[13] .. 'segment:' .. fields.segment
local verified = ARGV[13] .. 'segment-verified:' .. fields.segment
local told = ARGV[13] .. 'segment-told:' .. fields.segment
local is_call = ARGV[17] == 'voice'
local cooldown = fields.test and 0 or tonumber(ARGV[is_call and 18 or 3])

-- The wait is the longest of all limits that refuse, so that who waits it out is admitted.
local verdict, wait, news = nil, 0, ''
local must_solve = false
local function refuse(name, ms)
  if ms > wait then verdict, wait = name, ms end
end

-- A sliding log: exact at any moment, and a refused request leaves nothing in it.
local function recent(key, span)
  return redis.call('ZCOUNT', key, '(' .. whole(now - span), '+inf')
end
local function until_room(key, limit, count, span)
  local oldest = redis.call('ZRANGEBYSCORE', key, '(' .. whole(now - span), '+inf', 'WITHSCORES', 'LIMIT', count - limit, 1)
  return tonumber(oldest[2]) + span - now
end
local function window(key, limit, count, span, name)
  if limit > 0 and count >= limit then refuse(name, until_room(key, limit, count, span)) end
end
local function apply(effect, name, ms)
  if effect == 'challenge' and ARGV[16] ~= 'never' then
    must_solve = must_solve or ARGV[16] == 'askable'
  elseif effect ~= 'record' then
    refuse(name, ms)
  end
end

redis.call('ZREMRANGEBYSCORE', sends, '-inf', whole(now - DAY))
redis.call('ZREMRANGEBYSCORE', segment, '-inf', whole(now - HOUR))
redis.call('ZREMRANGEBYSCORE', live, '-inf', whole(now))

local blocked = { ARGV[13] .. 'blocked:' .. fields.phoneIndex, ARGV[13] .. 'blocked:' .. fields.segment }
local effects = redis.call('MGET', blocked[1], blocked[2])
for i, key in ipairs(blocked) do
  local effect = effects[i]
  if effect then apply(effect, 'BLOCKED', math.max(1, redis.call('PTTL', key))) end
end

local newest = redis.call('ZREVRANGE', sends, 0, -1, 'WITHSCORES')
for i = 1, #newest, 2 do
  if (redis.call('ZSCORE', calls, newest[i]) and true or false) == is_call then
    refuse('COOLDOWN', tonumber(newest[i + 1]) + cooldown - now)
    break
  end
end
if is_call then
  redis.call('ZREMRANGEBYSCORE', calls, '-inf', whole(now - DAY))
  window(calls, tonumber(ARGV[19]), redis.call('ZCARD', calls), DAY, 'CALLS_DAY')
end
local hour, day = recent(sends, HOUR), recent(sends, DAY)
window(sends, tonumber(ARGV[4]), hour, HOUR, 'PHONE_HOUR')
window(sends, tonumber(ARGV[5]), day, DAY, 'PHONE_DAY')

-- Only sends that nobody has verified count against the segment, and each that was verified makes room for one more.
-- These are counted where they are needed: `proved` is empty elsewhere.
local limit, unverified, proved = tonumber(ARGV[6]), redis.call('ZCARD', segment), ''
local room = limit
if limit > 0 and unverified >= limit then
  redis.call('ZREMRANGEBYSCORE', verified, '-inf', whole(now - HOUR))
  proved = redis.call('ZCARD', verified)
  room = math.min(limit + proved, limit * MOST_ROOM)
end
if limit > 0 and unverified >= room then
  local ms = until_room(segment, room, unverified, HOUR)
  apply(ARGV[15], 'SEGMENT_HOUR', ms)
  if redis.call('SET', told, 1, 'PX', whole(math.max(1, ms)), 'NX') then
    news = table.concat({ ARGV[15], unverified, proved, whole(ms), fields.segment, fields.phone }, ':')
  end
end

if ARGV[1] == 'start' then
  local most, alive = tonumber(ARGV[7]), redis.call('ZCARD', live)
  if most > 0 and alive >= most then
    local next = redis.call('ZRANGE', live, alive - most, alive - most, 'WITHSCORES')
    refuse('LIVE', tonumber(next[2]) - now)
  end
end
if verdict then return { verdict, whole(wait), '', news } end

local risk = tonumber(ARGV[8])
if must_solve or (risk > 0 and (hour >= risk or tonumber(ARGV[9]) >= risk)) then return { 'CAPTCHA', '0', '', news } end

local alerts = ''
if ARGV[14] ~= '' and not fields.test then
  local paid, ms, told_now = spend(now, cjson.decode(ARGV[14]))
  alerts = table.concat(told_now, ',')
  if paid ~= 'SPENT' then return { paid == 'SEED' and 'SEED' or 'BUDGET', whole(ms), alerts, news } end
end

local messages = fields.messages and (fields.messages .. ',' .. ARGV[2]) or ARGV[2]
if ARGV[1] == 'start' then
  local expires = whole(now + tonumber(ARGV[11]))
  redis.call('HSET', record, 'expires', expires, 'attempts', '0', 'allowed', ARGV[12], 'messages', ARGV[2],
    unpack(ARGV, FIELDS))
  redis.call('PEXPIRE', record, tonumber(ARGV[11]) + KEPT)
  redis.call('ZADD', live, expires, ARGV[10])
  redis.call('PEXPIRE', live, tonumber(ARGV[11]))
  fields.expires, fields.attempts, fields.allowed = expires, '0', ARGV[12]
else
  redis.call('HSET', record, 'messages', messages, unpack(ARGV, FIELDS))
end
local at = whole(now)
redis.call('ZADD', sends, at, ARGV[2])
redis.call('PEXPIRE', sends, DAY)
if is_call then
  redis.call('ZADD', calls, at, ARGV[2])
  redis.call('PEXPIRE', calls, DAY)
end
redis.call('ZADD', segment, at, ARGV[2])
redis.call('PEXPIRE', segment, HOUR)
local answer = {
  'ADMITTED', '0', alerts, news, fields.expires, whole(now + cooldown),
  tostring(tonumber(fields.allowed) - tonumber(fields.attempts)), at,
  table.concat({ hour, day, unverified, proved }, ','),
}
for name, value in pairs(fields) do
  answer[#answer + 1] = name
  answer[#answer + 1] = value
end
return answer
