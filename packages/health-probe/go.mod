module nextcore.example/health-probe

go 1.26.0
