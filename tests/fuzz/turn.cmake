causeway_fuzz_target(NAME fuzz_stun SOURCES fuzz_stun.cpp DEPENDS relay_turn)
causeway_fuzz_target(NAME fuzz_channel_data SOURCES fuzz_channel_data.cpp DEPENDS relay_turn)
