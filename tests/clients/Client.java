// The JDK's HttpClient in its default mode, which offers HTTP/2 (`Upgrade: h2c`) with its requests. Calls come
// as lines, replies go as lines of JSON.

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.StringJoiner;

public final class Client {
    private static final String BOUNDARY = "a-line-of-no-file";

    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (arguments[0].equals("version")) {
            out.println("JDK " + Runtime.version().feature() + " (" + Runtime.version() + ")");
            return;
        }
        var client = HttpClient.newHttpClient();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                out.println(send(client, request(arguments[0], line.split("\t", -1))));
            } catch (IOException error) {
                out.println("{\"error\":" + quoted(error.toString()) + "}");
            }
        }
    }

    private static HttpRequest request(String base, String[] call) throws IOException {
        var target = base + call[1];
        var made = HttpRequest.newBuilder().timeout(Duration.ofSeconds(20));
        var body = BodyPublishers.noBody();
        switch (call[3]) {
            case "json" -> {
                made.header("Content-Type", "application/json");
                body = BodyPublishers.ofString(call[4]);
            }
            case "text" -> {
                made.header("Content-Type", call[4]);
                body = BodyPublishers.ofString(call[5]);
            }
            case "query" -> target += "?" + encoded(call[4]) + "=" + encoded(call[5]);
            case "file" -> {
                made.header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY);
                body = form(call[4], Path.of(call[5]), call[6], call[7]);
            }
            default -> { }
        }
        made.uri(URI.create(target));
        switch (call[0]) {
            case "GET" -> made.GET();
            case "DELETE" -> made.DELETE();
            default -> made.method(call[0], body);
        }
        if (!call[2].isEmpty()) {
            made.header("Authorization", "Bearer " + call[2]);
        }
        return made.build();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    // The JDK makes no forms.
    private static BodyPublisher form(String field, Path path, String name, String type) throws IOException {
        var head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\""
                + name + "\"\r\nContent-Type: " + type + "\r\n\r\n";
        var form = new ByteArrayOutputStream();
        form.write(head.getBytes(StandardCharsets.UTF_8));
        form.write(Files.readAllBytes(path));
        form.write(("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return BodyPublishers.ofByteArray(form.toByteArray());
    }

    private static String send(HttpClient client, HttpRequest request) throws IOException, InterruptedException {
        var answer = client.send(request, BodyHandlers.ofByteArray());
        var headers = new StringJoiner(",", "{", "}");
        answer.headers().map().forEach((name, values) ->
                headers.add(quoted(name.toLowerCase()) + ":" + quoted(String.join(", ", values))));
        var body = Base64.getEncoder().encodeToString(answer.body());
        return "{\"status\":" + answer.statusCode() + ",\"headers\":" + headers + ",\"body\":" + quoted(body) + "}";
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ") + '"';
    }
}
