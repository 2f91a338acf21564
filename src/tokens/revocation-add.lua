-- Adds what ended to the set, and tells whoever listens of what is news.
-- KEYS: set, version. ARGV: channel, then milliseconds left and name of each.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local news = {}
for index = 2, #ARGV, 2 do
  local expiry, name = now + tonumber(ARGV[index]), ARGV[index + 1]
  local known = redis.call('ZSCORE', KEYS[1], name)
  if not known or tonumber(known) < expiry then
    redis.call('ZADD', KEYS[1], string.format('%.0f', expiry), name)
  end
  if not known then
    news[#news + 1] = ARGV[index] .. ' ' .. name
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
if #news == 0 then
  return 0
end
-- Begins with the time, so that a store that was emptied does not come by a version that it had before.
redis.call('SET', KEYS[2], string.format('%.0f', now), 'NX')
local version = redis.call('INCR', KEYS[2])
redis.call('PUBLISH', ARGV[1], string.format('%.0f', version) .. '\n' .. table.concat(news, '\n'))
return #news
