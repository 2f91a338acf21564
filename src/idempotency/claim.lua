-- Asks for the right to carry out a request that came with an Idempotency-Key.
-- KEYS[1] record of the caller's key (hash: print, owner, answer)
-- ARGV    1 print of the request, 2 owner, 3 lease in ms
-- returns { 0 } it is yours, { 1 } another is at it, { 2 } the key belongs to another request, { 3, answer } it is done
local known = redis.call('HMGET', KEYS[1], 'print', 'answer')
if not known[1] then
  redis.call('HSET', KEYS[1], 'print', ARGV[1], 'owner', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return { 0 }
end
if known[1] ~= ARGV[1] then return { 2 } end
if known[2] then return { 3, known[2] } end
return { 1 }
