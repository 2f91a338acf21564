-- KEYS  record
-- ARGV  1 key prefix of the number's keys  2 verification id
-- What is used, exhausted or expired is over already: there is nothing to cancel.
local index, expires, consumed, attempts, allowed =
  unpack(redis.call('HMGET', KEYS[1], 'phoneIndex', 'expires', 'consumed', 'attempts', 'allowed'))
if not index or consumed or tonumber(attempts) >= tonumber(allowed) then return 0 end
local time = redis.call('TIME')
if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) >= tonumber(expires) then return 0 end
redis.call('ZREM', ARGV[1] .. 'live:' .. index, ARGV[2])
return redis.call('DEL', KEYS[1])
