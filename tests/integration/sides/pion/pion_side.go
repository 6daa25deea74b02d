// pion as one side of a call: a data channel with numbered messages. Go's WebRTC, of which many media servers are made.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/pion/webrtc/v3"
)

const messages = 100

type side struct {
	connection *webrtc.PeerConnection
	lock       sync.Mutex
	received   map[string]bool
}

type iceServer struct {
	Urls, Username, Credential string
}

type request struct {
	Do        string
	IceServer iceServer `json:"ice_server"`
	Remote    webrtc.SessionDescription
}

func (s *side) answer(asked request) (any, error) {
	switch asked.Do {
	case "start":
		return nil, s.start(asked.IceServer)
	case "offer":
		return s.offer()
	case "answer":
		if err := s.connection.SetRemoteDescription(asked.Remote); err != nil {
			return nil, err
		}
		return s.describe(s.connection.CreateAnswer(nil))
	case "accept":
		return nil, s.connection.SetRemoteDescription(asked.Remote)
	case "look":
		return s.look()
	}
	return nil, errors.New("cannot " + asked.Do)
}

func (s *side) start(server iceServer) error {
	connection, err := webrtc.NewPeerConnection(webrtc.Configuration{
		ICEServers: []webrtc.ICEServer{{
			URLs:       []string{server.Urls},
			Username:   server.Username,
			Credential: server.Credential,
		}},
		ICETransportPolicy: webrtc.ICETransportPolicyRelay,
	})
	s.connection, s.received = connection, map[string]bool{}
	if err == nil {
		connection.OnDataChannel(s.use)
	}
	return err
}

func (s *side) offer() (any, error) {
	channel, err := s.connection.CreateDataChannel("numbers", nil)
	if err != nil {
		return nil, err
	}
	s.use(channel)
	return s.describe(s.connection.CreateOffer(nil))
}

func (s *side) describe(own webrtc.SessionDescription, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	gathered := webrtc.GatheringCompletePromise(s.connection)
	if err := s.connection.SetLocalDescription(own); err != nil {
		return nil, err
	}
	<-gathered
	return s.connection.LocalDescription(), nil
}

func (s *side) use(channel *webrtc.DataChannel) {
	channel.OnMessage(func(message webrtc.DataChannelMessage) {
		s.lock.Lock()
		defer s.lock.Unlock()
		s.received[string(message.Data)] = true
	})
	channel.OnOpen(func() {
		for number := 0; number < messages; number++ {
			_ = channel.SendText(fmt.Sprintf("message %d", number))
		}
	})
}

func (s *side) look() (any, error) {
	pair, err := s.connection.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil {
		return nil, err
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	answer := map[string]any{"pair": nil, "messages": len(s.received)}
	if pair != nil {
		answer["pair"] = map[string]any{
			"local":  map[string]any{"type": pair.Local.Typ.String()},
			"remote": map[string]any{"type": pair.Remote.Typ.String()},
		}
	}
	return answer, nil
}

func main() {
	var own side
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked request
		err := json.Unmarshal(lines.Bytes(), &asked)
		var answer any
		if err == nil {
			answer, err = own.answer(asked)
		}
		said := map[string]any{"answer": answer}
		if err != nil {
			said = map[string]any{"error": err.Error()}
		}
		line, _ := json.Marshal(said)
		fmt.Println(string(line))
	}
}
