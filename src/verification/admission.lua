-- Decides whether a message may leave for a number now, and if so counts it: cool-down, hour, day, segment, live
-- verifications, captcha by risk. A start makes the verification's record, a resend finds it. All or nothing.
--
-- KEYS  record
-- ARGV  1 start|resend  2 message id  3 cool-down ms  4 hour limit  5 day limit  6 segment limit  7 live limit
--       8 sends from which on a captcha is asked (0: never)  9 sends of the caller's address within the hour
--       10 verification id  11 lifetime ms  12 attempts  13 prefix of all keys in the record's slot
--       14.. fields of the record (name, value): all of them for a start, those that change for a resend
-- Answers {verdict, wait ms, expires at, resend at, attempts left, now, fields of the record...}
local record = KEYS[1]
local HOUR, DAY, KEPT = 3600000, 86400000, 3600000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local fields = {}
if ARGV[1] == 'resend' then
  local flat = redis.call('HGETALL', record)
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  if not fields.expires then return { 'UNKNOWN' } end
  if fields.consumed then return { 'USED' } end
  if tonumber(fields.attempts) >= tonumber(fields.allowed) then return { 'EXHAUSTED' } end
  if now >= tonumber(fields.expires) then return { 'EXPIRED' } end
else
  for i = 14, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
end

-- On a resend only the record knows the number; the shared hash tag keeps these keys in the record's slot.
local sends = ARGV[13] .. 'sends:' .. fields.phoneIndex
local live = ARGV[13] .. 'live:' .. fields.phoneIndex
local segment = ARGV[13] .. 'segment:' .. fields.segment

-- The wait is the longest of all limits that refuse, so that who waits it out is admitted.
local verdict, wait = nil, 0
local function refuse(name, ms)
  if ms > wait then verdict, wait = name, ms end
end

-- A sliding log: exact at any moment, and a refused request leaves nothing in it.
local function window(key, limit, span, name)
  if limit == 0 then return end
  local from = '(' .. string.format('%.0f', now - span)
  local count = redis.call('ZCOUNT', key, from, '+inf')
  if count < limit then return end
  local oldest = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES', 'LIMIT', count - limit, 1)
  refuse(name, tonumber(oldest[2]) + span - now)
end

redis.call('ZREMRANGEBYSCORE', sends, '-inf', string.format('%.0f', now - DAY))
redis.call('ZREMRANGEBYSCORE', segment, '-inf', string.format('%.0f', now - HOUR))
redis.call('ZREMRANGEBYSCORE', live, '-inf', string.format('%.0f', now))

local cooldown = tonumber(ARGV[3])
local last = redis.call('ZREVRANGE', sends, 0, 0, 'WITHSCORES')
if last[2] then refuse('COOLDOWN', tonumber(last[2]) + cooldown - now) end
window(sends, tonumber(ARGV[4]), HOUR, 'PHONE_HOUR')
window(sends, tonumber(ARGV[5]), DAY, 'PHONE_DAY')
window(segment, tonumber(ARGV[6]), HOUR, 'SEGMENT_HOUR')
if ARGV[1] == 'start' then
  local limit, alive = tonumber(ARGV[7]), redis.call('ZCARD', live)
  if limit > 0 and alive >= limit then
    local next = redis.call('ZRANGE', live, alive - limit, alive - limit, 'WITHSCORES')
    refuse('LIVE', tonumber(next[2]) - now)
  end
end
if verdict then return { verdict, string.format('%.0f', wait) } end

local risk = tonumber(ARGV[8])
if risk > 0 then
  local recent = redis.call('ZCOUNT', sends, '(' .. string.format('%.0f', now - HOUR), '+inf')
  if recent >= risk or tonumber(ARGV[9]) >= risk then return { 'CAPTCHA' } end
end

if ARGV[1] == 'start' then
  local expires = string.format('%.0f', now + tonumber(ARGV[11]))
  redis.call('HSET', record, 'expires', expires, 'attempts', '0', 'allowed', ARGV[12], unpack(ARGV, 14))
  redis.call('PEXPIRE', record, tonumber(ARGV[11]) + KEPT)
  redis.call('ZADD', live, expires, ARGV[10])
  redis.call('PEXPIRE', live, tonumber(ARGV[11]))
  fields.expires, fields.attempts, fields.allowed = expires, '0', ARGV[12]
end
if ARGV[1] == 'resend' then redis.call('HSET', record, unpack(ARGV, 14)) end
local at = string.format('%.0f', now)
redis.call('ZADD', sends, at, ARGV[2])
redis.call('PEXPIRE', sends, DAY)
redis.call('ZADD', segment, at, ARGV[2])
redis.call('PEXPIRE', segment, HOUR)
local answer = {
  'ADMITTED', '0', fields.expires, string.format('%.0f', now + cooldown),
  tostring(tonumber(fields.allowed) - tonumber(fields.attempts)), at,
}
for name, value in pairs(fields) do
  answer[#answer + 1] = name
  answer[#answer + 1] = value
end
return answer
