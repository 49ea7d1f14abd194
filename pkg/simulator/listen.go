package simulator

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// helloTime is how long a new connection may say nothing.
const helloTime = 10 * time.Second

// tlsHandshake is the first byte of a TLS connection (RFC 8446, 5.1). No HTTP request begins with it.
const tlsHandshake = 22

// Listen makes one listener of another that takes http and https on the same port: what begins as a TLS handshake is
// served with [Landscape.ServerTLS], the rest as it is. So one root URL is enough for x509 keys, too. It starts
// goroutines, which end with the inner listener.
//
// Clients on this machine reach the landscape by the address of the listener, whatever its root is.
func (l *Landscape) Listen(inner net.Listener) (net.Listener, error) {
	config, err := l.ServerTLS()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.local = net.JoinHostPort("127.0.0.1", portOf(inner.Addr()))
	l.mu.Unlock()
	both := &bothListener{Listener: inner, config: config, ready: make(chan arrival), ended: make(chan struct{})}
	go both.run()
	return both, nil
}

func portOf(address net.Addr) string {
	_, port, _ := net.SplitHostPort(address.String())
	return port
}

// bothListener hands out connections once their first byte is there, so that a client that says nothing holds up
// nobody.
type bothListener struct {
	net.Listener
	config *tls.Config
	ready  chan arrival
	ended  chan struct{}
	once   sync.Once
}

// arrival is what Accept returns.
type arrival struct {
	conn net.Conn
	err  error
}

// run takes connections until the listener is closed. Other errors are the server's to judge: some pass.
func (b *bothListener) run() {
	for {
		conn, err := b.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			_ = b.Close()
			return
		case err != nil:
			b.hand(arrival{err: err})
		default:
			go b.look(conn)
		}
	}
}

// hand waits for Accept, but not longer than the listener is open.
func (b *bothListener) hand(a arrival) {
	select {
	case b.ready <- a:
	case <-b.ended:
		if a.conn != nil {
			_ = a.conn.Close()
		}
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
	if first[0] == tlsHandshake {
		b.hand(arrival{conn: tls.Server(peeked, b.config)})
		return
	}
	b.hand(arrival{conn: peeked})
}

// Accept implements [net.Listener]
func (b *bothListener) Accept() (net.Conn, error) {
	select {
	case a := <-b.ready:
		return a.conn, a.err
	case <-b.ended:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]
func (b *bothListener) Close() error {
	b.once.Do(func() { close(b.ended) })
	return b.Listener.Close()
}

// peekedConn reads again what was looked at.
type peekedConn struct {
	net.Conn
	in *bufio.Reader
}

// Read implements [io.Reader]
func (c *peekedConn) Read(p []byte) (int, error) { return c.in.Read(p) }
