-- KEYS  record
-- ARGV  1 key prefix of the number's keys  2 verification id
local index = redis.call('HGET', KEYS[1], 'phoneIndex')
if not index then return 0 end
redis.call('ZREM', ARGV[1] .. 'live:' .. index, ARGV[2])
return redis.call('DEL', KEYS[1])
