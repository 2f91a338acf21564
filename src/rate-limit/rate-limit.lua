-- Decides on one request of one client address: requests a minute, and sends accepted within the hour.
-- KEYS[1] counter of the address and route group; KEYS[2] its accepted sends (zset: reservation by time);
-- KEYS[3] those of its network
-- ARGV    1 limit of requests (0: none), 2 window in ms,
--         3 limit of sends (0: none, -1: this request is not a send), 4 window in ms, 5 reservation,
--         6 limit of sends of the network (0: none)
-- returns { verdict (0 admitted, 1 too many requests, 2 too many sends),
--           requests in the window, ms until it ends, sends before this one, ms until the oldest of them is forgotten }
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local send_limit, send_window = tonumber(ARGV[3]), tonumber(ARGV[4])
local hits, left, sends, wait = 0, 0, 0, 0

if limit > 0 then
  hits = tonumber(redis.call('GET', KEYS[1]) or '0')
  left = redis.call('PTTL', KEYS[1])
  -- A refused request is not counted and moves nothing: who waits as long as announced is admitted.
  if hits >= limit and left > 0 then return { 1, hits, left, 0, 0 } end
  if left <= 0 then
    redis.call('SET', KEYS[1], 1, 'PX', window)
    hits, left = 1, window
  else
    hits = redis.call('INCR', KEYS[1])
  end
end

if send_limit >= 0 then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - send_window)
  sends = redis.call('ZCARD', KEYS[2])
  -- The one that has to be forgotten before there is room; there may be more when the limit was lowered.
  local full = send_limit > 0 and sends >= send_limit
  local oldest = redis.call('ZRANGE', KEYS[2], full and sends - send_limit or 0, full and sends - send_limit or 0, 'WITHSCORES')
  wait = oldest[2] and (tonumber(oldest[2]) + send_window - now) or send_window
  if full then return { 2, hits, left, sends, wait } end
  local network_limit = tonumber(ARGV[6])
  if network_limit > 0 then
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - send_window)
    local many = redis.call('ZCARD', KEYS[3])
    if many >= network_limit then
      local first = redis.call('ZRANGE', KEYS[3], many - network_limit, many - network_limit, 'WITHSCORES')
      return { 2, hits, left, sends, tonumber(first[2]) + send_window - now }
    end
    redis.call('ZADD', KEYS[3], now, ARGV[5])
    redis.call('PEXPIRE', KEYS[3], send_window)
  end
  redis.call('ZADD', KEYS[2], now, ARGV[5])
  redis.call('PEXPIRE', KEYS[2], send_window)
  -- Without a limit the number is still wanted, but not without bounds.
  if send_limit == 0 then redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1001) end
end

return { 0, hits, left, sends, wait }
