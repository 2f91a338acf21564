-- Judges one presented code. The attempt is counted before anything is granted, and the right code is consumed in the
-- same step: of any number of parallel checks one wins.
--
-- KEYS  record, and if the proof is to be kept: the hash that keeps it
-- ARGV  1 matched 1|0  2 length of the presented code  3 purposes that may use it, comma separated, '*' for any
--       4 check limit of the number per hour  5 key prefix of the number's keys  6 id of this check  7 verification id
--       8 blind indexes of the test numbers whose code this is, comma separated
--       9 how long the proof is kept, ms  10 how long after the code's expiry at the most, whatever prolongs it, ms
-- Answers {verdict, wait ms, attempts left, purpose, phone index, sealed phone, subject, test, kept until}
local record = KEYS[1]
local HOUR = 3600000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- Kept already: whoever asks again, since the answer was lost, has nothing to prove and no attempt to lose.
local keeper = KEYS[2]
if keeper and redis.call('EXISTS', keeper) == 1 then return { 'KEPT' } end

local fields = {}
local flat = redis.call('HGETALL', record)
for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
if not fields.expires then return { 'UNKNOWN' } end
if fields.consumed then return { 'USED', '0', '0', fields.purpose } end
local attempts, allowed = tonumber(fields.attempts), tonumber(fields.allowed)
if attempts >= allowed then return { 'EXHAUSTED', '0', '0', fields.purpose } end
if now >= tonumber(fields.expires) then return { 'EXPIRED', '0', '0', fields.purpose } end
if tonumber(ARGV[2]) ~= tonumber(fields.length) then return { 'MALFORMED', '0', '0', fields.purpose } end
if ARGV[3] ~= '*' and not string.find(',' .. ARGV[3] .. ',', ',' .. fields.purpose .. ',', 1, true) then
  return { 'MISMATCH', '0', tostring(allowed - attempts), fields.purpose }
end

-- Known only from the record; the shared hash tag keeps it in the record's slot.
local checks = ARGV[5] .. 'checks:' .. fields.phoneIndex
local limit = tonumber(ARGV[4])
if limit > 0 then
  redis.call('ZREMRANGEBYSCORE', checks, '-inf', string.format('%.0f', now - HOUR))
  local count = redis.call('ZCARD', checks)
  if count >= limit then
    local oldest = redis.call('ZRANGE', checks, count - limit, count - limit, 'WITHSCORES')
    return { 'CHECK_LIMIT', string.format('%.0f', tonumber(oldest[2]) + HOUR - now), '0', fields.purpose }
  end
  redis.call('ZADD', checks, string.format('%.0f', now), ARGV[6])
  redis.call('PEXPIRE', checks, HOUR)
end

attempts = redis.call('HINCRBY', record, 'attempts', 1)
local matched = ARGV[1] == '1'
-- The code of a test number is the one that was configured for it.
if fields.test then matched = string.find(',' .. ARGV[8] .. ',', ',' .. fields.phoneIndex .. ',', 1, true) ~= nil end
-- A decoy stands for a number without an account: no code is the right one.
if not matched or fields.decoy then
  redis.call('HSET', record, 'wrong', (fields.wrong or '') .. string.format('%.0f', now) .. ',')
  return { 'MISMATCH', '0', tostring(allowed - attempts), fields.purpose }
end
redis.call('HSET', record, 'consumed', string.format('%.0f', now), 'consumer', ARGV[6])
redis.call('ZREM', ARGV[5] .. 'live:' .. fields.phoneIndex, ARGV[7])

-- Somebody holds this number: its sends no longer count against the segment.
local segment, verified = ARGV[5] .. 'segment:' .. fields.segment, ARGV[5] .. 'segment-verified:' .. fields.segment
for id in string.gmatch(fields.messages or '', '[^,]+') do
  if redis.call('ZREM', segment, id) == 1 then redis.call('ZADD', verified, string.format('%.0f', now), id) end
end
redis.call('PEXPIRE', verified, HOUR)

local kept_until = ''
if keeper then
  local latest = tonumber(fields.expires) + tonumber(ARGV[10])
  local kept_for = math.max(1, math.min(tonumber(ARGV[9]), latest - now))
  redis.call('HSET', keeper, 'phone', fields.phone, 'phoneIndex', fields.phoneIndex, 'test', fields.test or '',
    'latest', string.format('%.0f', latest))
  redis.call('PEXPIRE', keeper, string.format('%.0f', kept_for))
  kept_until = string.format('%.0f', now + kept_for)
end
return { 'MATCHED', '0', tostring(allowed - attempts), fields.purpose, fields.phoneIndex, fields.phone, fields.subject or '', fields.test or '', kept_until }
