module pion_side

go 1.19
