-- Spends what a request costs in all of its limits, or in none.
--
-- KEYS     for each ask two: what its key has spent, and the end of its ban and how long it lasts;
--          after those, for each ask that may end in a ban: how often it was refused
-- ARGV[1]  'take', or 'look' to change nothing
-- ARGV     then for each ask six:
--            kind       'rate', or 'track' for one that refuses nothing
--            charge     what it costs, in microseconds
--            tolerance  microseconds that may be owed at once
--            refusals   that lead to a ban; 0 for none
--            within     microseconds in which they have to fall
--            lasts      microseconds that the ban lasts
--
-- Returns the time, then for each ask two integers: 1 allowed, 0 refused, 2 banned or 3 banned from
-- now on; and what is owed (after this request, if it passes), or for how long it is refused.

local FIELDS = 6
local count = (#ARGV - 1) / FIELDS
local takes = ARGV[1] == 'take'
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- Whole numbers up to 2^53 are exact, but only this format writes all their digits.
local function digits(number)
  return string.format('%.0f', number)
end

-- A key outlives what it says by a second: expiry runs on a coarser clock than TIME.
local function put(key, value, micros)
  redis.call('SET', key, value, 'PX', digits(math.ceil(micros / 1000) + 1000))
end

-- What is left of a ban; 0 for none. More than it lasts is left only where the clock was set back:
-- then it begins anew, once, and nobody waits until the clock is where it was.
local function left_of_ban(key, value)
  local ends, lasts = string.match(value, '^(%d+) (%d+)$')
  if not ends or tonumber(ends) <= now then return 0 end
  local left, whole = ends - now, tonumber(lasts)
  if left <= whole then return left end
  if takes then put(key, digits(now + whole) .. ' ' .. lasts, whole) end
  return whole
end

local held = redis.call('MGET', unpack(KEYS, 1, 2 * count))
local reply, after, passes = { now }, {}, true
for ask = 1, count do
  local first = FIELDS * (ask - 1) + 2
  local charge, tolerance = tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local verdict, number = 1, 0
  local banned = held[2 * ask] and left_of_ban(KEYS[2 * ask], held[2 * ask]) or 0
  if banned > 0 then
    verdict, number = 2, banned
  else
    -- Who owes more than a burst, by a clock that was set back or a limit that was wider, is told
    -- to wait for a burst at most.
    number = math.min(math.max(tonumber(held[2 * ask - 1] or 0) - now, 0), tolerance)
    after[ask] = number + charge
    if after[ask] > tolerance then verdict = 0 end
  end
  reply[2 * ask], reply[2 * ask + 1] = verdict, number
  if verdict ~= 1 and ARGV[first] ~= 'track' then passes = false end
end
if not takes then return reply end

local refusals_key = 2 * count
for ask = 1, count do
  local first = FIELDS * (ask - 1) + 2
  local verdict, refusals = reply[2 * ask], tonumber(ARGV[first + 3])
  if refusals > 0 then refusals_key = refusals_key + 1 end
  if verdict == 0 and refusals > 0 then
    local key, within = KEYS[refusals_key], tonumber(ARGV[first + 4])
    -- How many, and until when they count: from the first on, for as long as was said.
    local seen, ends = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
    if not ends or tonumber(ends) <= now then seen, ends = 0, now + within end
    seen, ends = seen + 1, math.min(tonumber(ends), now + within)
    if seen < refusals then
      put(key, digits(seen) .. ' ' .. digits(ends), ends - now)
    else
      local lasts = tonumber(ARGV[first + 5])
      redis.call('DEL', key)
      put(KEYS[2 * ask], digits(now + lasts) .. ' ' .. digits(lasts), lasts)
      reply[2 * ask] = 3
      reply[2 * ask + 1] = math.max(lasts, after[ask] - tonumber(ARGV[first + 2]))
    end
  elseif passes and verdict == 1 then
    put(KEYS[2 * ask - 1], digits(now + after[ask]), after[ask])
    reply[2 * ask + 1] = after[ask]
  end
end
return reply
