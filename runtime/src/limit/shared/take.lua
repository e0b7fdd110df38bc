-- Spends what a request costs in all of its limits, or in none.
--
-- KEYS     for each ask two: what its key has spent, and the end of its ban;
--          after those, for each ask that may end in a ban: how often it was refused
-- ARGV[1]  'take', or 'look' to change nothing
-- ARGV[2]  the name of this request, for the limits of requests under way
-- ARGV     then for each ask six:
--            kind       'rate', 'track' (a rate that refuses nothing), 'flight'
--            charge     microseconds; of a flight: how long until it is forgotten
--            tolerance  microseconds that may be owed at once; of a flight: how many at once
--            refusals   that lead to a ban; 0 for none
--            within     microseconds in which they have to fall
--            lasts      microseconds that the ban lasts
--
-- Returns the time, then for each ask two integers: 1 allowed, 0 refused or 2 banned; and what is
-- owed (after this request, if it passes), how many are under way, or how long the ban lasts.

local FIELDS = 6
local count = (#ARGV - 2) / FIELDS
local takes = ARGV[1] == 'take'
local request = ARGV[2]
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
  local first = FIELDS * (ask - 1) + 3
  local kind, charge, tolerance = ARGV[first], tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local banned = tonumber(held[2 * ask] or 0) - now
  local verdict, number = 1, 0
  if banned > 0 then
    verdict, number = 2, banned
  elseif kind == 'flight' then
    local key = KEYS[2 * ask - 1]
    if takes then redis.call('ZREMRANGEBYSCORE', key, '-inf', digits(now)) end
    number = redis.call('ZCOUNT', key, '(' .. digits(now), '+inf')
    if number >= tolerance then verdict = 0 end
  else
    -- A clock that was set back does not make anybody wait longer than a burst takes.
    number = math.min(math.max(tonumber(held[2 * ask - 1] or 0) - now, 0), tolerance)
    after[ask] = number + charge
    if after[ask] > tolerance then verdict = 0 end
  end
  reply[2 * ask], reply[2 * ask + 1] = verdict, number
  if verdict ~= 1 and kind ~= 'track' then passes = false end
end

local refusals_key = 2 * count
for ask = 1, count do
  local first = FIELDS * (ask - 1) + 3
  local verdict, refusals = reply[2 * ask], tonumber(ARGV[first + 3])
  if refusals > 0 then refusals_key = refusals_key + 1 end
  if takes and verdict == 0 and refusals > 0 then
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
  elseif takes and passes and verdict == 1 then
    local key = KEYS[2 * ask - 1]
    if ARGV[first] == 'flight' then
      local life = tonumber(ARGV[first + 1])
      redis.call('ZADD', key, digits(now + life), request)
      -- The set lives as long as the longest of its members.
      local needed = math.ceil(life / 1000) + 1000
      if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, digits(needed)) end
      reply[2 * ask + 1] = reply[2 * ask + 1] + 1
    else
      put(key, digits(now + after[ask]), after[ask])
      reply[2 * ask + 1] = after[ask]
    end
  end
end
return reply
