-- Spends messages and money from every window of the budget, or from none. Put before scripts that admit a message.
--
-- budget  { prefix, count, cost, seed = { messages, money } or nil, windows = { { name, ms, offset, messages, money } } }
--         a limit of 0 means none; cost in minor units; offset moves the start of a window from that of UTC
-- Answers verdict ('SPENT', 'FULL', or 'SEED': the day is not known, tell what was spent of it), ms to wait, and alerts
-- as 'window:kind:percent:limit:end', each of them once in its window.
local function spend(now, budget)
  local verdict, wait, alerts, opened = 'SPENT', 0, {}, {}
  local whole = function(number) return string.format('%.0f', number) end

  for _, window in ipairs(budget.windows) do
    local number = math.floor((now + window.offset) / window.ms)
    local ends = (number + 1) * window.ms - window.offset
    local key = budget.prefix .. window.name .. ':' .. whole(number)
    local used = redis.call('HMGET', key, 'messages', 'money')
    if window.name == 'day' and not used[1] then
      if not budget.seed then return 'SEED', 0, {} end
      used = { budget.seed.messages, budget.seed.money }
      redis.call('HSET', key, 'messages', whole(used[1]), 'money', whole(used[2]))
    end
    local after = { messages = tonumber(used[1] or 0) + budget.count, money = tonumber(used[2] or 0) + budget.cost }
    opened[#opened + 1] = { key = key, ends = ends }
    for _, kind in ipairs({ 'messages', 'money' }) do
      local limit = window[kind]
      local percent = nil
      if limit > 0 and after[kind] > limit then
        percent, verdict, wait = 100, 'FULL', math.max(wait, ends - now)
      elseif limit > 0 and after[kind] >= 0.8 * limit then
        percent = 80
      end
      if percent and redis.call('HSETNX', key, 'told:' .. kind .. percent, 1) == 1 then
        alerts[#alerts + 1] = table.concat({ window.name, kind, percent, whole(limit), whole(ends) }, ':')
      end
    end
    redis.call('PEXPIRE', key, whole(ends - now + 3600000))
  end

  if verdict == 'SPENT' then
    for _, window in ipairs(opened) do
      redis.call('HINCRBY', window.key, 'messages', budget.count)
      redis.call('HINCRBY', window.key, 'money', budget.cost)
      redis.call('PEXPIRE', window.key, whole(window.ends - now + 3600000))
    end
  end
  return verdict, wait, alerts
end
