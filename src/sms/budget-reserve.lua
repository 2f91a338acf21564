-- ARGV  1 budget as JSON, see budget.lua
-- Answers {verdict, wait ms, now, alerts joined by commas}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local verdict, wait, alerts = spend(now, cjson.decode(ARGV[1]))
return { verdict, string.format('%.0f', wait), string.format('%.0f', now), table.concat(alerts, ',') }
