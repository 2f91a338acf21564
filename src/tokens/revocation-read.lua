-- A page of what has ended, the last to expire first: what is added meanwhile moves a page on, and hides nothing.
-- KEYS: set, version. ARGV: first and last place.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local page = redis.call('ZREVRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')
return { redis.call('GET', KEYS[2]) or '', string.format('%.0f', now), page }
