-- Spends what a request costs in all of its limits, or in none.
--
-- KEYS     for each ask two: what its key has spent, and the end of its ban;
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
-- Returns the time, then for each ask two integers: 1 allowed, 0 refused or 2 banned; and what is
-- owed (after this request, if it passes), or how long the ban lasts.

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

local held = redis.call('MGET', unpack(KEYS, 1, 2 * count))
local reply, after, passes = { now }, {}, true
for ask = 1, count do
  local first = FIELDS * (ask - 1) + 2
  local charge, tolerance = tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local banned = tonumber(held[2 * ask] or 0) - now
  local verdict, number = 1, 0
  if banned > 0 then
    verdict, number = 2, banned
  else
    -- A clock that was set back does not make anybody wait longer than a burst takes.
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
    local seen = redis.call('INCR', KEYS[refusals_key])
    if seen == 1 then
      redis.call('PEXPIRE', KEYS[refusals_key], digits(math.ceil(tonumber(ARGV[first + 4]) / 1000)))
    end
    if seen >= refusals then
      local lasts = tonumber(ARGV[first + 5])
      redis.call('DEL', KEYS[refusals_key])
      put(KEYS[2 * ask], digits(now + lasts), lasts)
      reply[2 * ask], reply[2 * ask + 1] = 2, lasts
    end
  elseif passes and verdict == 1 then
    put(KEYS[2 * ask - 1], digits(now + after[ask]), after[ask])
    reply[2 * ask + 1] = after[ask]
  end
end
return reply
