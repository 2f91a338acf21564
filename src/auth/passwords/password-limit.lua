-- Decides on one try before it is evaluated, and counts it: parallel tries can't slip past the limit.
-- A network from which the owner has logged in has a count of its own, which no stranger can use up.
-- KEYS  1 tries of strangers  2 tries from this network  3 networks the owner has logged in from
-- ARGV  1 limit per hour  2 id of this try  3 network  4 '1' when a captcha may be asked for
--       5 tries before a captcha is asked for  6 tries before there is a wait between two
-- Answers {verdict, wait in ms, which of the keys has counted it}
local HOUR, LONGEST = 3600000, 60000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function whole(number) return string.format('%.0f', number) end

local network = redis.call('ZSCORE', KEYS[3], ARGV[3])
local counter = network and tonumber(network) > now and 2 or 1
local tries = KEYS[counter]
redis.call('ZREMRANGEBYSCORE', tries, '-inf', whole(now - HOUR))
local limit, count = tonumber(ARGV[1]), redis.call('ZCARD', tries)

if count >= limit then
  local oldest = redis.call('ZRANGE', tries, count - limit, count - limit, 'WITHSCORES')
  return { 'LIMIT', whole(tonumber(oldest[2]) + HOUR - now), '0' }
end
local free = tonumber(ARGV[6])
if count >= free then
  local last = redis.call('ZRANGE', tries, -1, -1, 'WITHSCORES')
  local wait = tonumber(last[2]) + math.min(1000 * 2 ^ (count - free), LONGEST) - now
  if wait > 0 then return { 'WAIT', whole(wait), '0' } end
end
if ARGV[4] == '1' and count >= tonumber(ARGV[5]) then return { 'CAPTCHA', '0', '0' } end

redis.call('ZADD', tries, whole(now), ARGV[2])
redis.call('PEXPIRE', tries, HOUR)
return { 'COUNTED', '0', tostring(counter) }
