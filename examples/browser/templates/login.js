
const wrong = "The name or the password is wrong.";

send(document.getElementById("login"), { 400: wrong, 422: wrong }, async () => {
  location.assign("/admin");
  return "";
});
