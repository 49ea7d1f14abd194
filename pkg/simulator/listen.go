package simulator

import (
	"bufio"
	"crypto/tls"
	"net"
	"time"
)

// helloTime is how long a new connection may say nothing.
const helloTime = 10 * time.Second

// tlsHandshake is the first byte of a TLS connection (RFC 8446, 5.1). No HTTP request begins with it.
const tlsHandshake = 22

// Listen makes one listener of another that takes http and https on the same port: what begins as a TLS handshake is
// served with [Landscape.ServerTLS], the rest as it is. So one root URL is enough for x509 keys, too. It starts
// goroutines, which end with the inner listener.
func (l *Landscape) Listen(inner net.Listener) (net.Listener, error) {
	config, err := l.ServerTLS()
	if err != nil {
		return nil, err
	}
	both := &bothListener{Listener: inner, config: config, ready: make(chan net.Conn), ended: make(chan struct{})}
	go both.run()
	return both, nil
}

// bothListener hands out connections once their first byte is there, so that a client that says nothing holds up
// nobody.
type bothListener struct {
	net.Listener
	config *tls.Config
	ready  chan net.Conn
	ended  chan struct{}
	err    error // why the inner listener ended; written before ended is closed
}

// run takes connections until the inner listener ends.
func (b *bothListener) run() {
	defer close(b.ended)
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			b.err = err
			return
		}
		go b.look(conn)
	}
}

// look tells by its first byte what a connection is.
func (b *bothListener) look(conn net.Conn) {
	peeked := &peekedConn{Conn: conn, in: bufio.NewReader(conn)}
	_ = conn.SetReadDeadline(time.Now().Add(helloTime))
	first, err := peeked.in.Peek(1)
	if err != nil {
		_ = conn.Close() // it left, or said nothing
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	var out net.Conn = peeked
	if first[0] == tlsHandshake {
		out = tls.Server(peeked, b.config)
	}
	select {
	case b.ready <- out:
	case <-b.ended:
		_ = conn.Close()
	}
}

// Accept implements [net.Listener]
func (b *bothListener) Accept() (net.Conn, error) {
	select {
	case conn := <-b.ready:
		return conn, nil
	case <-b.ended:
		return nil, b.err
	}
}

// peekedConn reads again what was looked at.
type peekedConn struct {
	net.Conn
	in *bufio.Reader
}

// Read implements [io.Reader]
func (c *peekedConn) Read(p []byte) (int, error) { return c.in.Read(p) }
