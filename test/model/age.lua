-- Makes one key older: its expiry, and the times in it.
-- KEYS  one of any kind
-- ARGV  1 by how much, ms
local key, ms = KEYS[1], tonumber(ARGV[1])
local left = redis.call('PTTL', key)
if left >= 0 and left <= ms then return redis.call('DEL', key) end
local kind = redis.call('TYPE', key).ok
if kind == 'hash' then
  for _, field in ipairs({ 'expires', 'consumed', 'latest' }) do
    local at = redis.call('HGET', key, field)
    if at then redis.call('HSET', key, field, string.format('%.0f', tonumber(at) - ms)) end
  end
elseif kind == 'zset' then
  local members = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #members, 2 do
    redis.call('ZADD', key, string.format('%.0f', tonumber(members[i + 1]) - ms), members[i])
  end
end
if left > ms then redis.call('PEXPIRE', key, left - ms) end
return 1
