causeway_fuzz_target(NAME fuzz_config SOURCES fuzz_config.cpp DEPENDS relay_config)
