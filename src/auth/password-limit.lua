-- Counts one try before it is evaluated: parallel tries can't slip past the limit.
-- KEYS  tries of the identifier
-- ARGV  1 limit per hour  2 id of this try
-- Answers the wait in ms, 0 when the try may go on
local HOUR = 3600000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - HOUR))
local limit, count = tonumber(ARGV[1]), redis.call('ZCARD', KEYS[1])
if count >= limit then
  local oldest = redis.call('ZRANGE', KEYS[1], count - limit, count - limit, 'WITHSCORES')
  return string.format('%.0f', tonumber(oldest[2]) + HOUR - now)
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[2])
redis.call('PEXPIRE', KEYS[1], HOUR)
return '0'
