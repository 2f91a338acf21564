-- KEYS  record
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'decoy', '1') end
return 1
