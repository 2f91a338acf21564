-- KEYS  record
-- ARGV  1 key prefix of the number's keys
-- Answers {} or {now, last send of the number, fields of the record...}
local flat = redis.call('HGETALL', KEYS[1])
if #flat == 0 then return {} end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local index
for i = 1, #flat, 2 do
  if flat[i] == 'phoneIndex' then index = flat[i + 1] end
end
local last = redis.call('ZREVRANGE', ARGV[1] .. 'sends:' .. index, 0, 0, 'WITHSCORES')
return { string.format('%.0f', now), last[2] or '0', unpack(flat) }
