
// Whoever reads it has a clock and a language of their own.
function tell(time) {
  time.textContent = new Date(time.dateTime).toLocaleString([], {
    dateStyle: "long",
    timeStyle: "short",
  });
  return time;
}

// Texts become text: nothing here is read as markup.
function item(entry) {
  const text = document.createElement("p");
  text.dir = "auto";
  text.textContent = entry.text;
  const time = document.createElement("time");
  time.dateTime = entry.written;
  const item = document.createElement("li");
  item.append(text, tell(time));
  return item;
}

// Brings the list to what the page would show if it were loaded anew.
async function refresh() {
  const limit = 50;
  const [entries, count] = await Promise.all(
    [`/api/entries?limit=${limit}`, "/api/entries/count"].map(async (from) => {
      const answer = await fetch(from);
      if (!answer.ok) throw new Error(`${from}: ${answer.status}`);
      return answer.json();
    }),
  );
  document.getElementById("entries").replaceChildren(...entries.map(item));
  document.getElementById("count").textContent = count;
  document.getElementById("nothing")?.remove();
  const older = document.getElementById("older");
  older.hidden = entries.length < limit;
  older.elements.before.value = entries.at(-1)?.id ?? 0;
}

const form = document.getElementById("leave");
const refusals = { 422: "Please write one line of at most 500 characters." };

send(form, refusals, async () => {
  form.reset();
  // What shows only a part of the book goes back to the whole of it.
  const stays = location.search === "" && (await refresh().then(() => true, () => false));
  if (!stays) location.assign("/");
  return "Your line is in the book.";
});

document.querySelectorAll("time").forEach(tell);
