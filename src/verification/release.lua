-- Undoes a consumption that bought nothing, so that the code may be presented again.
-- KEYS  record
-- ARGV  1 id of the check that consumed, or '' for whichever did  2 '1' gives the attempt back as well
local consumed = redis.call('HMGET', KEYS[1], 'consumed', 'consumer')
if not consumed[1] or (ARGV[1] ~= '' and consumed[2] ~= ARGV[1]) then return 0 end
redis.call('HDEL', KEYS[1], 'consumed', 'consumer')
if ARGV[2] == '1' then redis.call('HINCRBY', KEYS[1], 'attempts', -1) end
return 1
