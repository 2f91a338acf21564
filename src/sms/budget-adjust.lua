-- Corrects what a message spent, in the windows it was counted in; those that are forgotten by now stay so.
-- KEYS  1.. one for each window
-- ARGV  1 messages to add  2 minor units to add
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then
    for field, by in pairs({ messages = tonumber(ARGV[1]), money = tonumber(ARGV[2]) }) do
      local left = redis.call('HINCRBY', key, field, by)
      if left < 0 then redis.call('HSET', key, field, 0) end
    end
  end
end
return 1
