-- Prolongs the lease of a request that came with an Idempotency-Key, or ends it.
-- KEYS[1] record of the caller's key
-- ARGV    1 owner, 2 lease from now on in ms; 0 ends it
-- returns 1, or 0 when it is not his any more
local known = redis.call('HMGET', KEYS[1], 'owner', 'answer')
if known[1] ~= ARGV[1] or known[2] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
