-- Takes back a try that was right, and remembers where it came from.
-- KEYS  1 tries of strangers  2 tries from this network  3 networks the owner has logged in from
-- ARGV  1 id of the try  2 network  3 how long it is remembered, ms  4 networks that are remembered at the most
-- The count of strangers stays as it is: what they tried, the owner's log-in does not make good.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[3], string.format('%.0f', now + tonumber(ARGV[3])), ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[4]))
redis.call('PEXPIRE', KEYS[3], tonumber(ARGV[3]))
return 1
