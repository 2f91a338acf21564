-- Keeps the answer of a request that came with an Idempotency-Key.
-- KEYS[1] record of the caller's key; KEYS[2] number of answers that were kept long for this caller
-- ARGV    1 print of the request, 2 owner, 3 answer, 4 how long it is kept in ms, 5 how long at most when the caller
--         has had his share, 6 his share
-- returns 1, or 0 when the lease has ended and another is at it
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[2] then return 0 end
local ttl, short = tonumber(ARGV[4]), tonumber(ARGV[5])
if ttl > short then
  local kept = redis.call('INCR', KEYS[2])
  if kept == 1 then redis.call('PEXPIRE', KEYS[2], ttl) end
  if kept > tonumber(ARGV[6]) then ttl = short end
end
-- A lease that ended, and that nobody took: the record is gone.
redis.call('HSET', KEYS[1], 'print', ARGV[1], 'owner', ARGV[2], 'answer', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ttl)
return 1
