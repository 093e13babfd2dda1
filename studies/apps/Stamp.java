// As stamp.mjs, in Java, run from its source. On Linux System.nanoTime is CLOCK_MONOTONIC.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;

public class Stamp {
    static double now() {
        return System.nanoTime() / 1e6;
    }

    static String or(String text, String otherwise) {
        return text == null ? otherwise : text;
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(or(System.getenv("PORT"), "8080"));
        ServerSocket server = new ServerSocket(port, 512, InetAddress.getByName(or(System.getenv("HOST"), "127.0.0.1")));
        double listening = now();
        while (true) {
            try (Socket client = server.accept()) {
                client.setSoTimeout(1000);
                client.setTcpNoDelay(true);
                StringBuilder head = new StringBuilder();
                byte[] chunk = new byte[65536];
                double first = 0;
                for (int got; head.indexOf("\r\n\r\n") < 0 && (got = client.getInputStream().read(chunk)) > 0; ) {
                    if (first == 0) first = now();
                    head.append(new String(chunk, 0, got, "ISO-8859-1"));
                }
                if (head.indexOf("\r\n\r\n") < 0) continue;
                String body = String.format(Locale.ROOT, "{\"listening\":%.6f,\"firstByte\":%.6f}", listening, first);
                String fields = "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\nConnection: close";
                client.getOutputStream().write(("HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\n" + body).getBytes("ISO-8859-1"));
            } catch (java.io.IOException gone) {
                continue;
            }
        }
    }
}
