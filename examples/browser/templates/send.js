// Sends a form without leaving the page, and says in its status line what became of it. Without
// this script the browser sends the form itself.
function send(form, refusals, done) {
  const status = form.querySelector("[role=status]");
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    status.textContent = "One moment…";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        // Where to go on is for browsers without a script.
        redirect: "manual",
      });
      const taken = answer.type === "opaqueredirect";
      status.textContent = taken ? await done() : await refused(answer, refusals);
    } catch {
      status.textContent = "The service cannot be reached.";
    }
    sending = false;
  });
}

async function refused(answer, refusals) {
  if (answer.status === 429) {
    return `That was too often. Try again in ${answer.headers.get("retry-after")} seconds.`;
  }
  if (answer.status in refusals) return refusals[answer.status];
  const problem = await answer.json();
  return `${problem.detail ?? problem.title}.`;
}
